"""Papers of a city: each composed by the room that knows its content, written and verified by `documents`."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from madang import clock
from madang.civic.alliances.papers import alliance_paper, ordinance_paper
from madang.civic.committees.minutes import agenda_paper, minutes_paper
from madang.civic.deciding.briefs import claim_of, claim_paper, proposal_paper
from madang.civic.deciding.dossier import proposal_dossier
from madang.civic.deciding.proposals import proposal_view
from madang.civic.deciding.records import proposal_of
from madang.civic.investment.paper import agreement_paper, investment_paper
from madang.civic.investment.pipeline_sums import looking
from madang.civic.studies.papers import disclosure_paper, study_paper
from madang.documents.files import Made, WrittenPaper, make, write
from madang.documents.paper import Heading, Line, Paper
from madang.documents.sheet import written_date
from madang.documents.verify import Verification, verify
from madang.errors import CallerError, Language, MadangError, NotFoundError, Pair, both
from madang.lab import compare as comparing
from madang.lab.brief import comparison_paper, results
from madang.lab.printed import PrintedFigures
from madang.plan.plans import Plans
from madang.plan.promise_brief import promise_brief
from madang.plan.promise_paper import promise_paper
from madang.rules.book import Rulebook
from madang.store import Seat, Store

MAX_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of paper: what it is called, what its id names, and how it is composed."""

    id: str
    label: Pair
    of: Pair


class Papers:
    """What a city hands in or publishes: briefs, plan books, minutes, dossiers, lists."""

    def __init__(self, seat: Seat) -> None:
        self.seat = seat

    @property
    def store(self) -> Store:
        """The store as it is open now."""
        return self.seat.store

    @property
    def branch(self) -> str:
        """The branch from which the city is seen."""
        return self.seat.branch_name

    def today(self) -> date:
        """The day in the city's zone."""
        return clock.today(self.store.city.zone)

    def kinds(self) -> list[Kind]:
        """The kinds of papers, each with what its id names."""
        return [Kind(id, both(f"documents.paper-{id}"), both(f"documents.paper-{id}-of")) for id in _COMPOSERS]

    def compose(self, kind: str, id: str | None = None, *, language: Language = "ko") -> Paper:
        """A paper of a kind, of what an id names."""
        if kind not in _COMPOSERS:
            raise NotFoundError("documents.kind-unknown", kind=kind, known=", ".join(_COMPOSERS))
        paper = _COMPOSERS[kind](self, id, language)
        return paper if paper.city is not None else replace(paper, city=str(self.store.city.uuid))

    def brief(
        self,
        what: str,
        *,
        language: Language = "ko",
        day: date | str | None = None,
        department: str | None = None,
        compute: bool = True,
    ) -> Paper:
        """One page on a branch (its comparison with main), a proposal, a claim, a promise, or `investment`.

        A comparison that nobody has made is made and recorded, unless `compute` is False.
        """
        head: dict[str, Any] = {
            "language": language,
            "date": _date_text(day if day is not None else self.today(), language),
            "department": department or dict(self.store.city.title).get(language) or self.store.city.id,
        }
        store = self.store
        if what == "investment":
            sheet = investment_paper(store, language, as_of=self.today())
            blocks = [Line([one.text], 0) if isinstance(one, Heading) else one for one in sheet.blocks]
            return replace(sheet, blocks=blocks, one_page=True, date=head["date"], issuer=head["department"])
        if self._is_branch(what):
            return comparison_paper(store, self._comparison(what, compute), **head)
        if ":Proposal:" in what:
            return self._of_proposal(what, compute, head)
        try:
            return claim_paper(store, claim_of(store, what)["id"], **head)
        except NotFoundError as error:
            branches = ", ".join(one.name for one in store.branches() if one.parent is not None)
            with suppress(NotFoundError):
                return promise_brief(store, what, today=self.today(), **head)
            known = error.facts["known"]
            raise NotFoundError("documents.brief-of-what", what=what, branches=branches or "-", claims=known) from None

    def write(self, paper: Paper, path: str | Path, *, template: str | Path | None = None) -> WrittenPaper:
        """Write a paper as HWPX, PDF, DOCX, HTML or XLSX, told by the ending of the path."""
        return write(paper, Path(path), template=Path(template) if template is not None else None)

    def make(self, paper: Paper, suffix: str) -> Made:
        """A paper as bytes, for who sends it on."""
        return make(paper, suffix)

    def verify(self, path: str | Path) -> Verification:
        """Hold a document against this city: every figure read again and computed again."""
        path = Path(path)
        if not path.is_file():
            raise CallerError("documents.no-file", file=str(path))
        if path.stat().st_size > MAX_BYTES:
            raise CallerError("documents.too-large", file=path.name, limit_mib=MAX_BYTES // 1048576)
        return self.verify_bytes(path.read_bytes(), name=path.name)

    def verify_bytes(self, data: bytes, *, name: str) -> Verification:
        """The same for a document that is at hand as bytes."""
        store = self.store
        look = looking(store, PrintedFigures(store))
        return verify(data, name=name, city=str(store.city.uuid), city_name=store.city.id, look=look)

    # -- inside ------------------------------------------------------------------------------------------------------

    def _is_branch(self, what: str) -> bool:
        return any(one.name == what and one.parent is not None for one in self.store.branches())

    def _comparison(self, branch: str, compute: bool) -> dict[str, Any]:
        known = comparing.known_comparison(self.store, branch)
        if known is None:
            if not compute:
                raise NotFoundError("documents.not-compared", branch=branch)
            known = comparing.compare(self.seat.for_writing(), branch, actor=self.seat.actor(None))
        return known.as_json()

    def _of_proposal(self, proposal_id: str, compute: bool, head: dict[str, Any]) -> Paper:
        store = self.store
        proposal = proposal_of(store, proposal_id)

        def compared(branch: str) -> dict[str, Any] | None:
            try:
                return self._comparison(branch, compute)
            except MadangError:  # no model can run on it: the brief says what is proposed, without figures
                return None

        comparison = proposal_view(store, proposal["id"], comparing=compared)["comparison"]
        language: Language = head["language"]
        store = self.store
        found = results(store, comparison, language=language) if comparison else None
        return proposal_paper(
            store,
            proposal["id"],
            message=found.message if found else (),
            results=[*found.blocks, *found.limits] if found else (),
            sources=found.sources if found else (),
            synthetic=found.synthetic if found else False,
            **head,
        )


Composer = Callable[[Papers, str | None, Language], Paper]


def _brief(papers: Papers, id: str | None, language: Language) -> Paper:
    return papers.brief(_named(id, "brief"), language=language, compute=False)


def _dossier(papers: Papers, id: str | None, language: Language) -> Paper:
    def compared(branch: str) -> dict[str, Any] | None:
        known = comparing.known_comparison(papers.store, branch)
        return known.as_json() if known is not None else None

    return proposal_dossier(papers.store, _named(id, "proposal-dossier"), language, comparing=compared)


def _disclosure(papers: Papers, id: str | None, language: Language) -> Paper:
    year = id or str(papers.today().year - 1)
    if not year.isdigit():
        raise _id_needed("disclosure")
    return disclosure_paper(papers.store, int(year), language)


def _agreement(papers: Papers, id: str | None, language: Language) -> Paper:
    agreement = _named(id, "agreement")
    return agreement_paper(papers.store, language, agreement_id=agreement, as_of=papers.today(), branch=papers.branch)


_COMPOSERS: dict[str, Composer] = {
    "brief": _brief,
    "plan-book": lambda papers, id, language: Plans(papers.seat).book(id, language=language),
    "committee-paper": lambda papers, id, language: agenda_paper(papers.store, _named(id, "committee-paper"), language),
    "minutes": lambda papers, id, language: minutes_paper(papers.store, _named(id, "minutes"), language),
    "proposal-dossier": _dossier,
    "promise-ledger": lambda papers, id, language: promise_paper(papers.store, today=papers.today(), language=language),
    "investment": lambda papers, id, language: investment_paper(papers.store, language, as_of=papers.today()),
    "agreement": _agreement,
    "study": lambda papers, id, language: study_paper(papers.store, _named(id, "study"), language),
    "disclosure": _disclosure,
    "alliance": lambda papers, id, language: alliance_paper(
        papers.store, _named(id, "alliance"), language=language, rules=Rulebook(papers.seat), branch=papers.branch
    ),
    "ordinance-matrix": lambda papers, id, language: ordinance_paper(
        papers.store, _named(id, "ordinance-matrix"), language=language, branch=papers.branch
    ),
}


def _named(id: str | None, kind: str) -> str:
    if not id:
        raise _id_needed(kind)
    return id


def _id_needed(kind: str) -> CallerError:
    return CallerError("documents.id-needed", kind=kind)


def _date_text(day: date | str, language: Language) -> str:
    if isinstance(day, str):
        return day
    return written_date(day.isoformat(), language)
