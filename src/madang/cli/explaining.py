"""What the command line says about itself: its help in Korean, and misuse in the user's language.

The English of a help text stands where the option is declared; its Korean is found by the English in `korean/`, one
file a room. A test demands that none is missing, and that none is left over.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from copy import copy
from functools import cache
from importlib import resources
from typing import Any

import typer
from typer.main import get_command

from madang.cli import output


@cache
def korean() -> dict[str, str]:
    """The Korean of every help text, by its English."""
    files = sorted(resources.files("madang.cli.korean").iterdir(), key=lambda file: file.name)
    return {
        english: text
        for file in files
        if file.name.endswith(".toml")
        for english, text in tomllib.loads(file.read_text("utf-8")).items()
    }


# What typer says by itself, in help pages and about misuse.
_FRAME = [
    (r"^Usage:", "쓰는 법:"),
    (r"^Arguments:", "인자:"),
    (r"^Options:", "옵션:"),
    (r"^Commands:", "명령:"),
    (r"^(  )Example: ", r"\1예: "),
    (r"Show this message and exit\.", "이 도움말을 보여 줍니다."),
    (r"\[required\]", "[필수]"),
    (r"\[default: ", "[기본값: "),
    (r"^No such command (.*)\.$", r"\1 명령은 없습니다. 명령 목록: madang --help"),
    (r"^No such option: (\S+)", r"\1 옵션은 없습니다."),
    (r"\(Possible options: (.*)\)", r"비슷한 옵션: \1"),
    (r"^Missing (?:option|argument|parameter) (.*?)\.$", r"\1을(를) 적어야 합니다."),
    (r"^Invalid value for (.*?): ", r"\1에 쓸 수 없는 값입니다: "),
    (r"Input should be greater than or equal to (\S+)", r"\1 이상이어야 합니다"),
    (r"Input should be a valid (?:integer|number).*", "숫자를 적습니다"),
    (r"^Got unexpected extra argument(?:s|\(s\))? \((.*)\)$", r"남는 인자가 있습니다: \1"),
    (r"^Option (\S+) requires an argument\.", r"\1 뒤에 값을 적어야 합니다."),
]


def explained(app: typer.Typer, word: str = "") -> Any:
    """The command of an app, which explains itself in the user's language; only what its first word asks for."""
    return _built(app, word if word in _words(app) else "", output.language())


@cache
def _built(app: typer.Typer, word: str, language: str) -> Any:
    """The tree of commands; all of it takes a third of a second, one branch of it hardly any."""
    command = get_command(_narrowed(app, word) if word else app)
    if language == "ko":
        for one in all_commands(command):
            _translate(one)
    return command


def _narrowed(app: typer.Typer, word: str) -> typer.Typer:
    """The same app with the one group or command that a word names."""
    narrow = copy(app)
    narrow.registered_groups = [one for one in app.registered_groups if _name(one) == word]
    # Another command beside it: typer takes an app with one command alone for that command.
    others = [one for one in app.registered_commands if _name(one) != word][:1]
    narrow.registered_commands = [one for one in app.registered_commands if _name(one) == word] + others
    return narrow


def _words(app: typer.Typer) -> set[str]:
    return {_name(one) for one in (*app.registered_groups, *app.registered_commands)}


def _name(one: Any) -> str:
    """What a group or a command is called on the command line."""
    named = one.name or (one.typer_instance.info.name if hasattr(one, "typer_instance") else None)
    return str(named or one.callback.__name__.replace("_", "-"))


def all_commands(command: Any) -> Iterator[Any]:
    """A command and, of a group, all below it."""
    yield command
    for below in getattr(command, "commands", {}).values():
        yield from all_commands(below)


def is_misuse(error: Exception) -> bool:
    """Whether typer says by this that it was called wrongly."""
    return hasattr(error, "format_message") and hasattr(error, "exit_code")


def say_misuse(error: Any) -> int:
    """Say what was wrong with the words of a command, and where its help is; gives the exit code."""
    err, context = output.speaker().err, getattr(error, "ctx", None)
    if type(error).__name__ == "NoArgsIsHelpError":
        err.print(error.format_message(), markup=False, soft_wrap=True)
        return int(error.exit_code)
    if context is not None:
        err.print(_framed(context.get_usage()), markup=False, soft_wrap=True)
    err.print(_framed(error.format_message()), markup=False, soft_wrap=True)
    if context is not None:
        output.say_aside("see-help", command=context.command_path)
    return int(error.exit_code)


def _translate(command: Any) -> None:
    text, example = (command.help or "").partition("\n\n")[::2]
    command.help = "\n\n".join(part for part in (korean().get(text, text), example) if part)
    command.short_help = korean().get(text, text)
    for parameter in command.params:
        if getattr(parameter, "help", None):
            parameter.help = korean().get(parameter.help, parameter.help)
    in_english = command.get_help
    command.get_help = lambda context: _framed(in_english(context))


def _framed(text: str) -> str:
    if output.language() == "ko":
        for english, korean in _FRAME:
            text = re.sub(english, korean, text, flags=re.MULTILINE)
    return text
