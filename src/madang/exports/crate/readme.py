"""The page of a bundle for people: what it is, what it holds, on what terms, how to compute it again; ko, then en."""

from __future__ import annotations

from collections.abc import Mapping

from madang.entities.entity import value_of
from madang.errors import Language, sentence
from madang.exports.crate.contents import Contents, FigureRow, Terms
from madang.exports.crate.layout import COMPUTED, EVALUATION
from madang.indicators.provenance import STATUS_LABELS
from madang.indicators.quantity import format_value

SHOWN = 40  # figures on the page; all of them stand in figures.csv


def readme(found: Contents, software: Mapping[str, str], name: str) -> str:
    """The page in Markdown."""
    return "\n".join([*_in(found, software, name, "ko"), "---", "", *_in(found, software, name, "en")])


def _in(found: Contents, software: Mapping[str, str], name: str, language: Language) -> list[str]:
    def say(what: str, **facts: object) -> str:
        return sentence(f"bundles.{what}", language, **facts)

    computed, evaluations = found.of(*COMPUTED), found.of(EVALUATION)
    counts = {"runs": len(computed), "figures": len(found.figures), "evaluations": len(evaluations)}
    shown = [one for one in found.figures if one.value]
    lines = [f"# {found.title[language]}", ""]
    if found.question:
        lines += [found.question[language], ""]
    lines += [
        say("readme-what", city=found.city["title"].get(language, found.city["id"]), **counts),
        "",
        f"## {say('readme-again')}",
        "",
        say("readme-again-how"),
        "",
        f"    pip install madang=={software['madang']}",
        f"    madang bundle run {name}",
        "",
        say("readme-again-says"),
        "",
        f"## {say('readme-figures')}",
        "",
        "| " + " | ".join(say(f"readme-{head}") for head in ("branch", "indicator", "value", "band", "status")) + " |",
        "|---|---|---|---|---|",
        *(_figure(one, language) for one in shown[:SHOWN]),
        "",
        say("readme-all-figures", shown=min(len(shown), SHOWN), figures=len(found.figures)),
        "",
        f"## {say('readme-branches')}",
        "",
        *(
            f"- {one.title[language]} (`{one.name}`): {say('readme-changes', count=len(one.changes))}"
            for one in found.branches
        ),
        "",
        f"## {say('readme-terms')}",
        "",
        *(_terms(one, language, say("readme-closed")) for one in found.terms),
        "",
        f"## {say('readme-software')}",
        "",
        *(f"- {name} {version}" for name, version in software.items()),
        *sorted({f"- {value_of(doc, 'model')} {value_of(doc, 'modelVersion')}" for doc in computed}),
        "",
    ]
    return lines


def _figure(one: FigureRow, language: Language) -> str:
    low, high = (format_value(value, one.unit, language) for value in (one.p05, one.p95))
    band = "" if one.p05 is None or one.p95 is None else f"{low} ~ {high}"
    status = STATUS_LABELS[one.status][language] if one.status in STATUS_LABELS else ""
    cells = (one.branch, one.label[language], format_value(one.value, one.unit, language), band, status)
    return "| " + " | ".join(cell.replace("|", "/") for cell in cells) + " |"


def _terms(one: Terms, language: Language, closed: str) -> str:
    status = STATUS_LABELS[one.status][language] if one.status in STATUS_LABELS else "-"
    by = f", {one.publisher[language]}" if one.publisher.get(language) else ""
    mark = "" if one.is_open else f" **{closed}**"
    return f"- {one.title[language]}{by}: {one.licence} ({status}){mark}"
