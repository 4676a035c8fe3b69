"""Papers of a meeting from its record: the agenda before it (회의자료), the minutes after it (회의록) (R10, R13).

Both list everything that the record holds; nothing is written into them by hand. Numbers of a vote are figures with the
address of the vote's record, so a changed digit is found by verifying the file. Names of the parts are `committees.…`
sentences; a committee's own template may place the same parts by its fields.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from madang import clock
from madang.civic.committees.desk import Json, meeting_page
from madang.civic.committees.records import Records
from madang.civic.committees.words import said
from madang.civic.deciding.changed import is_made_up, name_on_paper
from madang.documents.paper import Block, Figure, Heading, Inlines, Line, Paper, Paragraph, Table
from madang.entities.entity import Document, provenance_of, value_of
from madang.errors import Language
from madang.store import Store


def minutes_paper(store: Store, meeting: str, language: Language) -> Paper:
    """The minutes of a meeting: head, attendance, agenda, statements, votes with both quorums, dissent, follow-ups."""
    records = Records(store)
    found = records.meeting(meeting)
    return _Paper(records, found, language).minutes()


def agenda_paper(store: Store, meeting: str, language: Language) -> Paper:
    """The paper that members get before a meeting: its agenda, and what each item's proposal says."""
    records = Records(store)
    found = records.meeting(meeting)
    return _Paper(records, found, language).agenda()


class _Paper:
    """The two papers of one meeting in one language."""

    def __init__(self, records: Records, meeting: Document, language: Language) -> None:
        self.records, self.meeting, self.language = records, meeting, language
        self.page: Json = meeting_page(records, meeting)

    # --- the two papers -------------------------------------------------------------------------------------------

    def minutes(self) -> Paper:
        blocks = [*self._head(), *self._attendance(), *self._agenda_list()]
        for item in self.page["agenda"]:
            blocks += self._item(item)
        blocks += self._loose_statements()
        blocks += self._follow_ups()
        return self._made("minutes", "paper-minutes", blocks)

    def agenda(self) -> Paper:
        blocks = [*self._head(), *self._agenda_list()]
        for item in self.page["agenda"]:
            blocks += self._item_before(item)
        return self._made("committee-paper", "paper-agenda", blocks)

    def _made(self, kind: str, title: str, blocks: Sequence[Block]) -> Paper:
        head: Mapping[str, Inlines] = {
            "title": [self._in(self.page["title"])],
            "date": [str(self.page["date"])],
            "venue": [self._in(self.page["venue"])],
            "committee": [self._in(self.page["committee_name"])],
        }
        return Paper(
            kind=kind,
            title=self._say(title, title=self.page["title"]),
            language=self.language,
            blocks=list(blocks),
            date=str(self.page["date"]),
            issuer=self._in(self.page["committee_name"]) or None,
            fields=head,
            city=str(self.records.store.city.uuid),
            synthetic=self._is_synthetic(),
        )

    # --- parts ----------------------------------------------------------------------------------------------------

    def _head(self) -> Iterator[Block]:
        rows: list[Sequence[Inlines]] = [
            [[self._say("paper-kind")], [self._in(self.page["kind_label"])]],
            [[self._say("paper-date")], [str(self.page["date"])]],
        ]
        if self.page["venue"]:
            rows.append([[self._say("paper-venue")], [self._in(self.page["venue"])]])
        if self.page["committee_name"]:
            rows.append([[self._say("paper-committee")], [self._in(self.page["committee_name"])]])
        for name, moment in (("paper-opened", self.page["opened_at"]), ("paper-closed", self.page["closed_at"])):
            if moment:
                rows.append([[self._say(name)], [self._moment(moment)]])
        if self.page["audience"]:
            rows.append([[self._say("paper-audience")], self._counted(self.page["audience"])])
        yield Table([self._say("paper-matter"), self._say("paper-what")], rows)

    def _attendance(self) -> Iterator[Block]:
        yield Heading(self._say("paper-attendance"), 2)
        if self.page["number_of_members"]:
            yield Line(
                [
                    self._say("paper-members-in-office"), " ", *self._counted(self.page["number_of_members"]), " · ",
                    self._say("paper-members-present"), " ", *self._counted(self.page["number_present"]),
                ]
            )  # fmt: skip
            if self.page["quorum"]:
                yield Line([self._quorum(self.page["quorum"])], 2)
        rows: list[Sequence[Inlines]] = [
            [[self._in(one["name"])], [self._in(one["role_label"])], [self._in(one["affiliation"])], [self._mode(one)]]
            for one in self.page["attendance"]
        ]
        rows += [
            [[self._in(one["name"])], [self._in(one["role_label"])], [self._in(one["organisation_name"])],
             [self._say("mode-absent")]]
            for one in self.page["absent"]
            if one["person"] not in {listed["person"] for listed in self.page["attendance"]}
        ]  # fmt: skip
        if rows:
            heads = ("paper-name", "paper-role", "paper-affiliation", "paper-mode")
            yield Table([self._say(head) for head in heads], rows)

    def _mode(self, one: Json) -> str:
        parts = [self._in(one["mode_label"])]
        if one["from_item"] is not None:
            parts.append(self._say("paper-from-item", n=one["from_item"]))
        if one["until_item"] is not None:
            parts.append(self._say("paper-until-item", n=one["until_item"]))
        if one["proxy"]:
            parts.append(self._in(one["proxy"]))
        return ", ".join(parts)

    def _agenda_list(self) -> Iterator[Block]:
        yield Heading(self._say("paper-agenda-list"), 2)
        for item in self.page["agenda"]:
            yield Line([f"{item['order']}. {self._in(item['title'])} ({self._in(item['kind_label'])})"])

    def _item(self, item: Json) -> Iterator[Block]:
        yield Heading(f"{item['order']}. {self._in(item['title'])}", 2)
        yield Line([f"{self._in(item['kind_label'])} · {self._in(item['state_label'])}"])
        if item["text"]:
            yield Paragraph([self._in(item["text"])])
        for one in item["recusals"]:
            yield Line([self._recusal(one)], 2)
        for one in item["conflicts"]:
            settled = self._say("paper-settled" if one["settled"] else "paper-not-settled")
            facts = {"name": one["name"], "organisation": one["organisation_name"], "tie": one["tie_label"]}
            yield Line([self._say("paper-conflict", settled=settled, **facts)], 2)
        for one in self.page["statements"]:
            if one["item"] == item["id"]:
                yield Line([self._statement(one)], 2)
        if item["vote"]:
            yield from self._vote(item["vote"])
        if item["outcome"]:
            yield Line([self._say("paper-outcome", text=item["outcome"])], 1)

    def _item_before(self, item: Json) -> Iterator[Block]:
        yield Heading(f"{item['order']}. {self._in(item['title'])}", 2)
        yield Line([self._in(item["kind_label"])])
        if item["text"]:
            yield Paragraph([self._in(item["text"])])
        proposal = self.records.view.document(item["proposal"]) if item["proposal"] else None
        if proposal is None:
            return
        reason, branch = value_of(proposal, "reason"), str(value_of(proposal, "branch"))
        by, at = value_of(proposal, "submittedBy"), value_of(proposal, "submittedAt")
        at = clock.day_said(at, self.records.store.city.zone)
        yield Line([self._say("paper-put-up", by=str(by), date=at)])
        yield Line([self._say("paper-reason", text=str(reason))])
        changes = self.records.store.diff(branch)
        yield Line([self._say("paper-changes", count=len(changes))])
        view = self.records.store.view(branch)
        for change in changes[:12]:
            name = name_on_paper(change.id, view, self.records.view)[self.language]
            yield Line([f"{name} ({self._say(f'change-{change.kind}')})"], 2)
        if len(changes) > 12:
            yield Line([self._say("paper-more", count=len(changes) - 12)], 2)
        waiting = item["open_opinions"]
        yield Line([self._say("paper-opinions-open" if waiting else "paper-opinions-closed", count=waiting)])

    def _vote(self, vote: Json) -> Iterator[Block]:
        yield Line([self._say("paper-result", result=vote["result_label"])])
        for part in ("to_meet", "to_decide"):
            yield Line([self._say(f"paper-{part}") + " ", self._quorum(vote["quorum"][part])], 2)
        if vote["quorum"].get("tie"):
            yield Line([self._in(vote["quorum"]["tie"]["label"])], 2)
        names = ("members", "present", "for", "against", "abstained", "not_voted")
        cells = [self._counted(vote[name]) for name in names]
        heads = [self._say(f"paper-{name.replace('_', '-')}") for name in names]
        yield Table(heads, [cells], caption=self._say("paper-secret") if vote["secret"] else None)
        if vote["consensus"] is not None:
            score = self._figure(vote["consensus"], f"{vote['consensus']['value']:.4f}")
            yield Line([self._say("paper-consensus") + " ", score], 2)
        if vote["ballots"]:
            rows = [[[self._in(one["name"])], [self._in(one["choice_label"])]] for one in vote["ballots"]]
            yield Table([self._say("paper-name"), self._say("paper-choice")], rows)
        for condition in vote["conditions"]:
            yield Line([self._say("paper-condition", text=str(condition))], 2)
        for one in vote["dissent"]:
            text = one["text"] if isinstance(one["text"], str) else self._in(one["text"])
            yield Line([self._say("paper-dissent", name=one["name"], text=text)], 2)

    def _loose_statements(self) -> Iterator[Block]:
        """Statements on an issue that no item of the agenda is about."""
        loose = [one for one in self.page["statements"] if one["item"] is None]
        if loose:
            yield Heading(self._say("paper-statements"), 2)
        for one in loose:
            yield Line([self._statement(one)])

    def _follow_ups(self) -> Iterator[Block]:
        if not self.page["follow_ups"]:
            return
        yield Heading(self._say("paper-follow-ups"), 2)
        heads = [self._say(f"paper-{name}") for name in ("what", "owner", "due", "state")]
        rows = [
            [[self._in(one["title"])], [self._in(one["owner_name"])], [one["due"]], [self._in(one["state_label"])]]
            for one in self.page["follow_ups"]
        ]
        yield Table(heads, rows)

    # --- words ----------------------------------------------------------------------------------------------------

    def _statement(self, one: Json) -> str:
        issue = f" [{self._in(one['issue'])}]" if one["issue"] else ""
        who = " · ".join(filter(None, (self._in(one["affiliation"]), self._in(one["role_label"]))))
        return f"{self._in(one['name'])}" + (f" ({who})" if who else "") + f"{issue}: {self._in(one['text'])}"

    def _recusal(self, one: Json) -> str:
        facts = {"name": one["name"], "kind": one["kind_label"], "state": one["state_label"]}
        line = self._say("paper-recusal", ground=one["ground"], by=one["decided_by"] or "-", **facts)
        return line + (f" ({one['clause']})" if one["clause"] and self.language == "ko" else "")

    def _quorum(self, held: Json) -> str:
        clause = self._in(held["clause"]) if held["clause"] else "-"
        code = "paper-quorum-held" if held["held"] else "paper-quorum-not-held"
        return self._say(code, rule=held["label"], needed=held["needed"], have=held["have"], clause=clause)

    def _counted(self, figure: Json | None) -> Inlines:
        if figure is None:
            return ["-"]
        about = self._say(f"status-{figure['status']}") if figure["status"] in ("estimated", "synthetic") else ""
        persons = self._figure(figure, f"{figure['value']:,}")
        return [persons, self._say("persons"), *([f" ({about})"] if about else [])]

    def _figure(self, figure: Json, text: str) -> Figure:
        return Figure(text, figure["value"], figure["unit"], figure["address"], figure["status"])

    def _moment(self, text: str) -> str:
        local = clock.from_text(text).astimezone(ZoneInfo(self.records.store.city.zone))
        return local.strftime("%Y-%m-%d %H:%M")

    def _is_synthetic(self) -> bool:
        documents = [self.meeting, *self.records.items_of(self.meeting["id"])]
        if any(provenance_of(one).status == "synthetic" for one in documents):
            return True
        put_up = (self.records.view.document(item["proposal"]) for item in self.page["agenda"] if item["proposal"])
        return any(is_made_up(self.records.store, str(value_of(one, "branch"))) for one in put_up if one is not None)

    def _in(self, pair: Mapping[str, str] | None) -> str:
        return dict(pair or {}).get(self.language, "")

    def _say(self, code: str, **facts: Any) -> str:
        return said(code, **facts)[self.language]
