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
    POST lab/importance  {alternative?, indicator, against?, seed?} -> Importance  (or "ensemble": id of a recorded one)
    POST lab/ranks       {alternatives, criteria, weights?: {id: n}, order?: [id most important first],
                         weightRanges?: {id: [low, high]}, uncertain?: bool (true), thresholds?: {id: number},
                         draws?: 10000, seed?} -> Ranks;  or "table": {alternative: {criterion: number|null}} instead of
                         alternatives
    POST lab/pareto      {alternatives, criteria, seed?, groups?: {group: {criterion: weight}}, worth?: {alternative: B/C}}
                         -> Pareto
    POST lab/turning     {alternatives?, a, b, indicator | criteria + weights, seed?} -> Turning     (a, b: alternatives)
    POST lab/worth       {flows: {year: {benefit, cost}}, baseYear, ratePercent?, asOf?, benefitRange?: [low, high],
                         costRange?: [low, high], draws?, seed?} -> Worth     ranges are factors around 1
    POST lab/judgements  {criteria: [..], judges: [{"name", "judgements": [[first, second, value], ..]}, ..]} -> Judged
    POST lab/assumptions {model, parameter, low, central, high, source?, title?, reason} -> {levers: [Lever]}     propose
    POST lab/keep        {title, reason, result: any answer above that has "method"} -> {id}                      propose

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
                probability: share of members in which B wins|null, uncertainties: [{id, label, unit, low, central, high,
                at: number|null, others: [number], holds: "above"|"below"|"between"|"outside"|"always"|"never", isExact,
                sentence}], weights: [like uncertainties, of a weighted sum],
                box: {sentence, coverage, density, mass, n, base, conditions: [{id, label, unit, low|null, high|null,
                p, sentence}], trajectory: [{mass, coverage, density, conditions: count}]}|null, notes: [pair],
                sentences: [pair]}
    Worth       {benefits, costs, ratio, net, irr|null, payback|null, discountedPayback|null, rate: {value, label, note,
                unverified, …}, baseYear, atLowerRate, atHigherRate, band: {draws, ratio: [p05, p50, p95],
                net: [p05, p50, p95], aboveOne: share, distribution: pair}|null, notes: [pair], method}
    Judged      {method, gate, weights, consistency_ratio, judges: [{name, weights, ratio, isConsistent, counted}]}
"""

from __future__ import annotations

ROOT = "/api/cities/{tenant}/lab"
