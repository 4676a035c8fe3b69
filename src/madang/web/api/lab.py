"""The lab over HTTP: alternatives beside each other, what moves an answer, what would have to be true.

All below /api/cities/{tenant}/lab. Nothing here writes but `assumptions`, `keep`, and a board asked to `record`. Every
label, note and sentence is a pair {"ko", "en"}; unknown is null; figures are in the unit of their indicator.

**Asked** in every body: `alternatives`: list of a branch's name, or {"id", "branch", "title"?, "levers"?}. Levers are
{"<entity id>#<attribute>" or "<model>.<parameter>": number}; they stand for a variant that is not recorded. 현행
(`against`, default "main") is added in front where it is left out. `models`: ids; left out: those whose inputs differ
between the alternatives. `seed`: default 0. `criteria`: list of an indicator's id, or {"id", "better"?:
"higher"|"lower"}; the direction of the catalogue holds where it has one.

    GET  lab             {city: {id, title}, tenant, branch, alternatives: [Alternative], models: [{id, title, question,
                         quick, extra, able, why: pair|null}], indicators: [Indicator], levers: [Lever],
                         assumptions: [entity]}                              all that the page needs to begin
    GET  lab/indicators  {indicators: [Indicator]}
    GET  lab/levers      {levers: [Lever]}                                   of the tenant's branch
    POST lab/board       Board;  body + {"record"?: bool}                    record: role propose, branches only
    POST lab/board/csv   text/csv, one line a cell          lab/board/xlsx   the workbook; same body
    POST lab/tornado     {alternative?, indicator, against?: alternative|null, over?: [lever id],
                         ranges?: {lever id: [low, high]}, seed?} -> Tornado
    POST lab/importance  {alternative?, indicator, against?, seed?} -> Importance;  or {ensemble, indicator, against?},
                         ids of recorded ensembles, for models that take their time
    POST lab/ranks       {alternatives, criteria, weights?: {id: n}, order?: [id most important first],
                         weightRanges?: {id: [low, high]}, uncertain?: bool (true), thresholds?: {id: number},
                         draws?: 10000, seed?} -> Ranks;  or "table": {alternative: {criterion: number|null}} instead of
                         alternatives
    POST lab/pareto      {alternatives, criteria, seed?, groups?: {group: {criterion: weight}},
                         worth?: {alternative: B/C}} -> Pareto
    POST lab/turning     {alternatives?, a, b, indicator | criteria + weights, over?, seed?} -> Turning
    POST lab/conditions  {ensemble, indicator, against?: ensemble | atLeast?: number | atMost?: number} -> Conditions
    POST lab/worth       {flows: {year: {benefit, cost}}, baseYear, ratePercent?, asOf?, benefitRange?: [low, high],
                         costRange?: [low, high], draws?, seed?} -> Worth     ranges are factors around 1
    POST lab/judgements  {criteria: [..], judges: [{"name", "judgements": [[first, second, value], ..]}, ..]} -> Judged
    POST lab/assumptions {model, parameter, low, central, high, source?, title?, reason} -> {levers: [Lever]}; role
                         propose; {model, parameter, withdraw: true, reason} takes the city's card away
    POST lab/keep        {title, reason, result: any answer above that has "method"} -> {id}; role propose
    GET  lab/rates?asOf= {rates: [{value, label, clause, certainty, as_of, unverified, note}]}      discount rates

    Alternative {id, branch, title, levers: {id: number}, isBaseline, isVariant}
    Indicator   {id, label, unit, unitLabel, direction: "higher"|"lower"|null, method, scope, model, modelTitle,
                by: ["year", "district", "group", …], source: "catalogue"|"plugin"}
    Lever       {id, kind: "attribute"|"parameter", model, modelTitle, quick, label, unit, unitLabel,
                role: "lever"|"uncertainty"|"constant", value, low, central, high, min, max, step,
                source: text|null, sourceToBeNamed: bool, isAssumption, entity: id|null (turned, or the city's card),
                attribute: name|null, card: {low, central, high, source, entity}|null, indicators: [id]}
    Board       {city, against, seed, method, alternatives: [Alternative],
                rows: [Indicator + {cells: [Cell in the order of alternatives]}],
                tables: [{id: "by-district:talent.gap", by: "district", indicator: id|null, label, unit,
                          rows: {alternative: [row as the model gives it]}}],
                equity: [{indicator, by: "district"|"group", label, unit, direction, cells: {alternative: Equity}}],
                waiting: [{alternative, model, title, why: pair, how: text (command)}],
                failed:  [{alternative, model, title, code, message: pair}],
                notes: [pair], warnings: [pair]}
    Cell        {alternative, state: "known"|"computed"|"unknown"|"waiting"|"failed", value, p05, p50, p95,
                difference: {value, p05, p50, p95, share (of 현행)|null, betterIn: share of members|null}|null, n,
                status: "observed"|"estimated"|"synthetic"|null, note: pair|null, run: id|null, address: text|null}
                known: a recorded run, its address explains itself; computed: not recorded, no address.
                The band of `difference` is that of this minus 현행 member by member, both drawn with the same numbers.
    Equity      {places, unknown, persons|null, isWeighted, mean, gini, worstServed: {share, persons, limit}|null,
                fifths: top/bottom|null, palma|null, worst: {place, label, value}|null, best: likewise,
                losers: {count, persons, share, places: [{place, label, before, after, persons}]}|null,
                winners: {count, persons, share}|null, notes: [pair]}       losers: against 현행; null for 현행 itself
    Tornado     {alternative, against|null, indicator: Indicator, central, seed, method,
                bars: [{id, label, unit, unitLabel, role, low, central, high, atLow, atHigh, swing, source,
                        sourceToBeNamed, isAssumedRange}],  (widest first) unmoved: [{id, label}], notes: [pair]}
    Importance  {indicator, n, method, explained: R²|null, factors: [{id, label, rank, slope, share}], notes: [pair]}
                rank: Spearman; slope: standardised regression coefficient; share: of the variance
    Ranks       {method, seed, draws, isUncertain, criteria: [{id, label, unit, better}], weights|null,
                information: {order|null, ranges|null}, standings: [{alternative, title, score|null, rank|null,
                acceptability: [share by rank], central: {criterion: w}|null, confidence|null, expectedRank,
                regret: {mean, p95, max}, satisfies: share|null}], pairwise: [[share row beats column]],
                order of standings: best first; minimaxRegret: alternative, table: {alternative: {criterion: value}},
                leftOut: [{alternative, criterion, why: pair}]}
    Pareto      {method, criteria, points: [{alternative, title, values: {criterion: number}, isFront,
                probability|null, dominatedBy: [alternative]}], leftOut: [..],
                consensus: {points: [{alternative, worth, leastPleased: group, score, scores: {group: n}, isFront,
                lift: what the least-pleased group lacks}], method}|null}
    Turning     {method, a, b, measure: {label, unit|null}, central: B minus A in what is better, bWins: bool,
                probability: share of members in which B wins|null,
                uncertainties: [{id, label, unit, unitLabel, role, low, central, high, at: number|null,
                others: [number], isExact, sentence, holds: "above"|"below"|"between"|"outside"|"several"|"always"|
                "never"}], weights: [like uncertainties, of a weighted sum],
                box: {sentence, coverage, density, mass, n, base, conditions: [{id, label, unit, low|null, high|null,
                p, sentence}], trajectory: [{mass, coverage, density, conditions: count}]}|null, notes: [pair],
                sentences: [pair]}
    Conditions  {method, indicator, wish: pair, n, failed, probability, box: as in Turning}
    Worth       {benefits, costs, ratio, net, irr|null, payback|null, discountedPayback|null, rate: {value, label, note,
                unverified, …}, baseYear, atLowerRate, atHigherRate, band: {draws, ratio: [p05, p50, p95],
                net: [p05, p50, p95], aboveOne: share, distribution: pair}|null, notes: [pair], method}
    Judged      {method, gate, weights, consistency_ratio, judges: [{name, weights, ratio, isConsistent, counted}]}
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from madang.errors import MadangError
from madang.lab import answers, board_file
from madang.lab.board import Board
from madang.lab.goodness import goodness_of
from madang.lab.ranks import ranks_of_table
from madang.lab.weight_space import Known
from madang.models import registry
from madang.web.access import require, require_for_branch
from madang.web.api.door import Asked, Door, Table
from madang.web.api.fields import list_field, number_field, text_field
from madang.web.api.figures import flat
from madang.web.api.numbers import ends_field, numbers_field, optional_number, ranges_field, wrong
from madang.web.api.optional import optional_text, texts_field, title_field
from madang.web.exchange import Reply

ROOT = "/api/cities/{tenant}/lab"
CSV = "text/csv; charset=utf-8"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST_SEED = 2**31


def routes(door: Door) -> Table:
    """The paths of this room."""
    return [
        ("GET", ROOT, door.reads(overview)),
        ("GET", ROOT + "/indicators", door.reads(indicators)),
        ("GET", ROOT + "/levers", door.reads(levers)),
        ("GET", ROOT + "/rates", door.reads(rates, parameters=("asOf",))),
        ("POST", ROOT + "/board", door.writes(board, role="read")),
        ("POST", ROOT + "/board/csv", door.writes(board_csv, role="read")),
        ("POST", ROOT + "/board/xlsx", door.writes(board_xlsx, role="read")),
        ("POST", ROOT + "/tornado", door.writes(tornado, role="read")),
        ("POST", ROOT + "/importance", door.writes(importance, role="read")),
        ("POST", ROOT + "/conditions", door.writes(conditions, role="read")),
        ("POST", ROOT + "/ranks", door.writes(ranks, role="read")),
        ("POST", ROOT + "/pareto", door.writes(pareto, role="read")),
        ("POST", ROOT + "/turning", door.writes(turning, role="read")),
        ("POST", ROOT + "/worth", door.writes(worth, role="read")),
        ("POST", ROOT + "/judgements", door.writes(judgements, role="read")),
        ("POST", ROOT + "/assumptions", door.writes(assume)),
        ("POST", ROOT + "/keep", door.writes(keep, status=201)),
    ]


def overview(asked: Asked) -> dict[str, Any]:
    """All that the page needs to begin: alternatives, models, indicators, levers, the city's cards."""
    city, lab = asked.city, asked.city.lab
    return {
        "city": {"id": city.id, "title": dict(city.title)},
        "tenant": city.tenant,
        "branch": city.branch_name,
        "alternatives": [one.as_json(baseline="main") for one in lab.alternatives()],
        "models": [_model(asked, id) for id in registry.models()],
        "assumptions": [flat(one) for one in lab.assumptions()],
        **indicators(asked),
        **levers(asked),
    }


def indicators(asked: Asked) -> dict[str, Any]:
    """The catalogue of indicators."""
    return {"indicators": [one.as_json() for one in asked.city.lab.indicators()]}


def levers(asked: Asked) -> dict[str, Any]:
    """What can be turned on the branch."""
    return {"levers": [one.as_json() for one in asked.city.lab.levers()]}


def rates(asked: Asked) -> dict[str, Any]:
    """The discount rates of the rule packs."""
    return {"rates": [one.as_json() for one in asked.city.weighing.rates(as_of=asked.parameters.get("asOf"))]}


def board(asked: Asked) -> dict[str, Any]:
    """The board of alternatives."""
    return _board(asked).as_json()


def board_csv(asked: Asked) -> Reply:
    """The board as CSV."""
    return _file(board_file.to_csv(_board(asked), asked.language), CSV, "board.csv")


def board_xlsx(asked: Asked) -> Reply:
    """The board as a workbook."""
    return _file(board_file.to_xlsx(_board(asked), asked.language), XLSX, "board.xlsx")


def tornado(asked: Asked) -> dict[str, Any]:
    """One thing at a time."""
    body = asked.body
    over = texts_field(body, "over") or None
    found = asked.city.lab.tornado(
        text_field(body, "indicator"),
        body.get("alternative"),
        against=body.get("against"),
        over=over,
        ranges=ranges_field(body, "ranges"),
        seed=_seed(body),
    )
    return found.as_json()


def importance(asked: Asked) -> dict[str, Any]:
    """What carries the doubt of an answer."""
    body, lab = asked.body, asked.city.lab
    indicator, ensemble = text_field(body, "indicator"), optional_text(body, "ensemble")
    if ensemble is not None:
        return lab.importance_in(ensemble, indicator, against=optional_text(body, "against")).as_json()
    one, against = body.get("alternative"), body.get("against")
    return lab.importance(indicator, one, against=against, seed=_seed(body)).as_json()


def conditions(asked: Asked) -> dict[str, Any]:
    """Under which conditions an ensemble's outcome is what was wished for."""
    body = asked.body
    limits = {name: optional_number(body, key) for name, key in (("at_least", "atLeast"), ("at_most", "atMost"))}
    found = asked.city.lab.conditions(
        text_field(body, "ensemble"), text_field(body, "indicator"), against=optional_text(body, "against"), **limits
    )
    return found.as_json()


def ranks(asked: Asked) -> dict[str, Any]:
    """How often each alternative takes each rank."""
    body = asked.body
    draws = int(number_field({"draws": body.get("draws", 10_000)}, "draws", low=100, high=1_000_000))
    order, ranges = texts_field(body, "order"), ranges_field(body, "weightRanges") or {}
    weights, thresholds = numbers_field(body, "weights"), numbers_field(body, "thresholds")
    criteria = list_field(body, "criteria")
    if (table := body.get("table")) is not None:
        if not isinstance(table, dict) or not all(isinstance(row, Mapping) for row in table.values()):
            raise wrong("table", '{"alternative": {"criterion": number}}')
        if not all(isinstance(one, Mapping) for one in criteria):
            raise wrong("criteria", '[{"id": …, "better": "higher"}]')
        known = Known(tuple(order), ranges)
        return ranks_of_table(
            table, criteria, weights=weights, known=known, thresholds=thresholds, draws=draws, seed=_seed(body)
        ).as_json()
    uncertain = body.get("uncertain", True) is not False
    found = asked.city.lab.ranks(
        _board(asked), criteria, weights=weights, order=order, weight_ranges=ranges, uncertain=uncertain,
        thresholds=thresholds, draws=draws, seed=_seed(body),
    )  # fmt: skip
    return found.as_json()


def pareto(asked: Asked) -> dict[str, Any]:
    """Alternatives that no other beats."""
    body = asked.body
    groups = body.get("groups")
    if groups is not None and not (isinstance(groups, dict) and all(isinstance(one, dict) for one in groups.values())):
        raise wrong("groups", '{"group": {"criterion": weight}}')
    weights = None if groups is None else {name: numbers_field(groups, name) or {} for name in groups}
    found = asked.city.lab.pareto(
        _board(asked), list_field(body, "criteria"), groups=weights, worth=numbers_field(body, "worth")
    )
    return found.as_json()


def turning(asked: Asked) -> dict[str, Any]:
    """What would have to be true for B to win."""
    body = asked.body
    if body.get("a") is None or body.get("b") is None:
        raise wrong("a, b", "two alternatives")
    found = asked.city.lab.what_must_hold(
        body["a"], body["b"], indicator=optional_text(body, "indicator"), criteria=body.get("criteria"),
        weights=numbers_field(body, "weights"), alternatives=body.get("alternatives"),
        over=texts_field(body, "over") or None, seed=_seed(body),
    )  # fmt: skip
    return found.as_json()


def worth(asked: Asked) -> dict[str, Any]:
    """Benefits against costs, with a band where doubt is given."""
    body = asked.body
    flows = body.get("flows")
    if not isinstance(flows, dict):
        raise wrong("flows", '{"2027": {"benefit": won, "cost": won}}')
    found = asked.city.weighing.benefit_cost(
        flows, base_year=int(number_field(body, "baseYear", low=1900, high=2200)),
        rate_percent=body.get("ratePercent"), as_of=optional_text(body, "asOf"),
        benefit_range=ends_field(body, "benefitRange"), cost_range=ends_field(body, "costRange"),
        draws=int(number_field({"draws": body.get("draws", 10_000)}, "draws", low=100, high=1_000_000)),
        seed=_seed(body),
    )  # fmt: skip
    return found.as_json()


def judgements(asked: Asked) -> dict[str, Any]:
    """The weights of a group of judges."""
    judges: dict[str, list[Any]] = {}
    for n, one in enumerate(list_field(asked.body, "judges"), 1):
        said = one.get("judgements") if isinstance(one, Mapping) else None
        if not isinstance(said, list) or not all(isinstance(judgement, list) for judgement in said):
            raise wrong("judges", '[{"name": …, "judgements": [["a", "b", 3], …]}, …]')
        judges[str(one.get("name") or n)] = said
    return asked.city.lab.judge(criteria=texts_field(asked.body, "criteria"), judges=judges).as_json()


def assume(asked: Asked) -> dict[str, Any]:
    """A card of the city in place of a model's; the answer is what can be turned now."""
    body, lab = asked.body, asked.city.lab
    require_for_branch(asked.caller, asked.city.branch_name)
    model, parameter, reason = (text_field(body, name) for name in ("model", "parameter", "reason"))
    if body.get("withdraw") is True:
        lab.withdraw(model, parameter, reason=reason, by=asked.actor)
        return levers(asked)
    values = {name: optional_number(body, name) for name in ("low", "central", "high")}
    lacking = next((name for name, value in values.items() if value is None), None)
    if lacking is not None:
        raise wrong(lacking, "a number")
    title = None if body.get("title") is None else title_field(body)
    lab.assume(
        model, parameter, low=values["low"] or 0.0, central=values["central"] or 0.0, high=values["high"] or 0.0,
        source=optional_text(body, "source"), title=title, reason=reason, by=asked.actor,
    )  # fmt: skip
    return levers(asked)


def keep(asked: Asked) -> dict[str, Any]:
    """An answer kept as an evaluation."""
    body = asked.body
    made = asked.city.weighing.keep(
        title=title_field(body), result=body.get("result"), reason=text_field(body, "reason"), by=asked.actor
    )
    return {"id": made["id"]}


# --- fields ----------------------------------------------------------------------------------------------------------


def _board(asked: Asked) -> Board:
    body = asked.body
    given, models = body.get("alternatives"), texts_field(body, "models") or None
    if given is not None and not isinstance(given, list):
        raise wrong("alternatives", '["branch", {"branch": …, "levers": {…}}]')
    record = body.get("record") is True
    if record:
        require(asked.caller, "propose")
    return asked.city.lab.board(
        given, against=body.get("against") or "main", models=models, seed=_seed(body), record=record, by=asked.actor
    )


def _model(asked: Asked, id: str) -> dict[str, Any]:
    spec = registry.model(id).spec
    able, why = True, None
    try:
        answers.read(asked.city.store, registry.model(id), asked.city.branch_name)
    except MadangError as error:
        able, why = False, {"ko": error.message("ko"), "en": error.message("en")}
    named = {"id": id, "title": dict(spec.title), "question": dict(spec.question)}
    more = {"quick": spec.quick, "extra": spec.extra, "able": able, "why": why}
    return named | more | {"goodness": goodness_of(id).as_json()}


def _file(data: bytes, kind: str, name: str) -> Reply:
    told = f'attachment; filename="{name}"'
    return Reply(200, data, kind.encode(), [(b"content-disposition", told.encode()), (b"cache-control", b"no-store")])


def _seed(body: Mapping[str, Any]) -> int:
    return int(number_field({"seed": body.get("seed", 0)}, "seed", low=0, high=MOST_SEED))
