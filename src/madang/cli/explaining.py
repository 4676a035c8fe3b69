"""What the command line says about itself: its help in Korean, and misuse in the user's language.

The English of a help text stands where the option is declared; its Korean is found here by the English. A test demands
that none is missing, and that none is left over.
"""

from __future__ import annotations

import re
from typing import Any

import typer
from typer.main import get_command

from madang.cli import output

KOREAN: dict[str, str] = {
    # commands
    "A city in one file: fork it, change it, run real models on the fork, compare, decide, merge.": (
        "도시 하나를 파일 하나에: 안을 만들고, 고치고, 모형으로 돌려 보고, 견주고, 정하고, 확정 반영합니다."
    ),
    "List the models at hand, with the question each answers.": (
        "쓸 수 있는 모형과, 모형마다 답하는 질문을 보여 줍니다."
    ),
    "Run a model on a branch and record the run with all that is needed to repeat it.": (
        "안에서 모형을 돌려 보고, 다시 계산하는 데 필요한 것과 함께 기록합니다."
    ),
    "Compare a branch with another: each indicator, the difference and its band.": (
        "안을 다른 안이나 현행과 견줍니다: 지표마다 차이와 불확실 범위."
    ),
    "Ask what the model expected from 2015 for 2020 in all districts, and how wrong it was.": (
        "모형이 2015년에서 내다본 2020년이 모든 시군구에서 얼마나 빗나갔는지 봅니다."
    ),
    "Check the file and compute its model runs again; names every figure that differs.": (
        "파일을 검사하고 분석 실행을 다시 계산해, 다른 수치를 모두 짚습니다."
    ),
    "List runs whose inputs have changed since they ran.": "입력이 바뀌어 갱신이 필요한 분석 실행을 보여 줍니다.",
    "Fork the city: an alternative that costs one row.": "안을 만듭니다. 도시가 아무리 커도 한 줄만 더해집니다.",
    "List the branches of a city.": "도시의 안 목록을 보여 줍니다.",
    "Show what branch B changes against branch A.": "A와 견주어 B가 무엇을 바꾸는지 보여 줍니다(변경 대비표).",
    "Merge a branch; planned types reach main only by adopting a proposal.": (
        "안을 확정 반영합니다. 계획에 드는 유형은 안건 의결로만 현행에 들어갑니다."
    ),
    "Put a branch up for decision.": "안을 안건으로 상정합니다.",
    "Decide on a proposal: adopt and merge it, or refuse it.": "안건을 정합니다: 의결해 확정 반영하거나 부결합니다.",
    "Make a new city file, empty or from a source.": "새 도시파일을 만듭니다. 비워 두거나 자료원에서 채웁니다.",
    "Read files into a city, all or nothing, with a count of what was left out and why.": (
        "파일을 도시에 담습니다. 모두 담거나 하나도 담지 않으며, 뺀 것은 이유와 함께 셉니다."
    ),
    "List the entities that match.": "조건에 맞는 개체를 보여 줍니다.",
    "Write entities to a file that others read, with their sources and licences.": (
        "다른 프로그램이 읽는 파일로 개체를 출처·이용허락과 함께 내보냅니다."
    ),
    "Show one entity.": "개체 하나를 보여 줍니다.",
    "Create or replace entities from a JSON file, all or nothing.": (
        "JSON 파일의 개체를 만들거나 바꿉니다. 모두 담거나 하나도 담지 않습니다."
    ),
    "List the transactions of a branch, or of one entity, newest first.": (
        "안 또는 개체 하나의 변경 기록을 새것부터 보여 줍니다."
    ),
    "Undo one transaction by a new one; nothing is erased.": (
        "변경 기록 하나를 새 기록으로 되돌립니다. 지우는 것은 없습니다."
    ),
    "List the GeoPackage layers, publishing a branch's layers first, for QGIS and ogrinfo.": (
        "QGIS와 ogrinfo가 여는 GeoPackage 레이어를 보여 줍니다. 안의 레이어는 먼저 만듭니다."
    ),
    "Serve city files: pages, NGSI-LD, OGC API Features, 3D Tiles.": (
        "도시파일을 서비스합니다: 화면, NGSI-LD, OGC API Features, 3D Tiles."
    ),
    "Build nine real cities with two policies already compared, and serve them.": (
        "실제 도시 아홉 곳을, 두 정책을 견준 상태로 만들어 서비스합니다."
    ),
    # arguments and options
    "The city file, such as seongnam.gpkg.": "도시파일(예: seongnam.gpkg).",
    "The branch to look at or to change.": "볼 안, 고칠 안(main은 현행).",
    "Answer in JSON.": "JSON으로 답합니다.",
    "As recorded at this time, with its zone.": "이 시각에 기록된 대로(시간대를 붙임).",
    "Who does it; else your user name.": "하는 사람. 없으면 사용자 이름.",
    "Why: stands in the log for good.": "이유. 변경 기록에 남습니다.",
    "Repeat for more.": "여러 번 적을 수 있습니다.",
    "Also write a page.": "문서로도 씁니다.",
    "Only this run.": "이 분석 실행만.",
    "a-z, 0-9 and -": "a-z, 0-9, -",
    "Decide against it; the branch stays.": "부결합니다. 안은 남습니다.",
    "korea:CITY": "korea:도시",
    "Files to read; - is standard input.": "읽을 파일. -는 표준 입력.",
    "JSON; - is standard input.": "JSON 파일. -는 표준 입력.",
    "The entity type to make.": "만들 개체 유형.",
    "Mapping of columns.": "열 대응표.",
    "Leave out what can't be read, and count it.": "읽지 못하는 것은 빼고 셉니다.",
    "Read and count; change nothing.": "읽고 세기만 합니다.",
    "Type selection: Dong, 'A,B', '(A|B);C'": "유형 고르기: Dong, 'A,B', '(A|B);C'",
    "NGSI-LD query: 'population>20000'": "NGSI-LD 질의: 'population>20000'",
    "Centre of a search circle.": "찾을 원의 중심.",
    "Its radius.": "그 반지름(m).",
    "How many at most.": "최대 개수.",
    "Where to: .geojson, .json, .csv or .parquet": "쓸 파일: .geojson, .json, .csv, .parquet",
    "Where to listen.": "서비스할 주소.",
    "0 takes a free one.": "0이면 빈 포트.",
    "No token; loopback only.": "토큰 없이. 이 컴퓨터 안에서만.",
    "Another host name it answers to; repeat for more.": "응답할 다른 호스트 이름. 여러 번 적을 수 있습니다.",
    "Where the city files go.": "도시파일을 둘 폴더.",
    "A folder with more data.": "자료가 더 있는 폴더.",
    "Build only.": "만들기만 합니다.",
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


def explained(app: typer.Typer) -> Any:
    """The command of an app, which explains itself in the user's language."""
    command = get_command(app)
    if output.language() == "ko":
        for one in (command, *getattr(command, "commands", {}).values()):
            _translate(one)
    return command


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
    command.help = "\n\n".join(part for part in (KOREAN.get(text, text), example) if part)
    command.short_help = KOREAN.get(text, text)
    for parameter in command.params:
        if getattr(parameter, "help", None):
            parameter.help = KOREAN.get(parameter.help, parameter.help)
    in_english = command.get_help
    command.get_help = lambda context: _framed(in_english(context))


def _framed(text: str) -> str:
    if output.language() == "ko":
        for english, korean in _FRAME:
            text = re.sub(english, korean, text, flags=re.MULTILINE)
    return text
