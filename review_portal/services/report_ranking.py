"""A frozen ranking as the workbook prints it: rows, reasons, ties in words, the rounds behind it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.domain import wording
from review_portal.domain.chinese_dates import local_date, month_day_text, time_text
from review_portal.exports.case_minutes import CaseMinutes
from review_portal.exports.figures import Unit
from review_portal.exports.plain_text import digest_groups
from review_portal.exports.ranking_report import (
    Admission,
    AdmissionRow,
    OutsideRow,
    Parameter,
    RankedRow,
    RankingReport,
)
from review_portal.models.accounts import Account
from review_portal.models.approvals import Approval
from review_portal.models.calls import Call, Round
from review_portal.models.defenses import DefenseRecord, DefenseSlot
from review_portal.models.dossiers import Dossier, DossierAct
from review_portal.models.rankings import Ranking
from review_portal.services import (
    case_minutes,
    ranking_rounds,
    report_method,
    version_words,
)
from review_portal.services.frozen_rankings import freezer_code, rounds_of, shortlists_of
from review_portal.services.ranking_body import counted
from review_portal.services.ranking_words import OUTCOMES, RESULTS, sentences
from review_portal.services.report_conflicts import conflict_lines
from review_portal.services.report_counting import tie_keys, with_counting
from review_portal.services.report_figures import (
    call_head,
    correction_lines,
    departure_lines,
    figure,
    paper_lines,
    round_scores,
    set_aside_lines,
)
from review_portal.services.rules import round_name
from review_portal.services.void_views import void_lines
from scoring_rubrics import Call as Rules


def _of_stage(result: Mapping[str, Any], numbers: frozenset[str]) -> dict[str, Any]:
    """A stage's result without the dossiers that another of its rounds has scored."""
    return {**result, "rows": [row for row in result["rows"] if row["dossier"] in numbers]}


def report_of(session: Session, call: Call, frozen: Ranking, rules: Rules) -> RankingReport:
    """Everything the workbook prints of this frozen ranking, and nothing that was not frozen with it."""
    body: Mapping[str, Any] = frozen.body
    at, rounds = frozen.frozen_at, rounds_of(session, call, frozen)
    again = ranking_rounds.again_in(session, frozen)
    units = {line["number"]: _unit(line) for line in [*body["rows"], *body["outside"]]}
    shortlists = shortlists_of(session, call)
    sources = {
        item.id: shortlists[item.panel] if item.panel or body.get("vacant") else frozen
        for item in [*rounds, *again]
    }
    results = _own_results(session, rounds, again, sources)
    scores = {
        item.id: with_counting(
            round_scores(
                session,
                item,
                rules,
                results[item.id],
                units,
                at if item in again else sources[item.id].frozen_at,
            ),
            _result(sources[item.id], item),
            results[item.id],
            rules.rule,
        )
        for item in [*rounds, *again]
    }
    stages = tuple(round_.stage for round_ in counted(rounds))
    labels = _reference_labels(body)
    ties = tie_notes(body, rules)
    details = details_outside(session, call, body, shortlists)
    return RankingReport(
        call=call_head(rules),
        rule_label=rules.rule.label,
        rule_assumed=report_method.rule_assumed(rules),
        quota=body["quota"],
        quota_text=report_method.quota_text(rules),
        rounds=tuple(scores[item.id] for item in rounds),
        admissions=tuple(
            _admissions(shortlists[item.panel], item, rules, units) for item in rounds if item.panel
        ),
        again=tuple(replace(scores[item.id], title=round_name(rules, item)) for item in again),
        reference_labels=tuple(str(wording.RULE_NAMES[name]) for name in labels),
        rows=tuple(_ranked(line, units, stages, labels, ties) for line in body["rows"]),
        outside=tuple(
            OutsideRow(
                units[line["number"]],
                tuple(figure(line["stage_scores"], key) for key in stages),
                str(OUTCOMES[line["code"]]),
                details.get(line["number"], ""),
            )
            for line in body["outside"]
        ),
        method=(*report_method.method(rules), *(str(line) for line in version_words.lines(body, rules))),
        parameters=(*report_method.parameters(rules), *_locked([*rounds, *again], rules)),
        input_digest=frozen.input_digest,
        ranking_digest=frozen.digest,
        frozen_at=frozen.frozen_at,
        frozen_by=f"专家组组长 {freezer_code(session, [*rounds, *again], frozen)}",
        approved_by=_unsealers(session, [*rounds, *again], rules),
        software_version=frozen.software,
        remarks=(
            *(str(line) for line in version_words.lines(body, rules)),
            *_remarks(body, rules),
            *remarks_of_rounds(session, [*rounds, *again], rules, at),
        ),
        cases=tuple(_cases(session, [*rounds, *again], rules)),
        places=rules.rule.places,
        tie_keys=tuple(tie_keys(rules)),
        reference_rules=labels,
    )


def _cases(session: Session, rounds: Sequence[Round], rules: Rules) -> Iterator[CaseMinutes]:
    """Reconciliation of the rounds in which something was asked or voided."""
    for item in rounds:
        found = case_minutes.of_round(session, item, rules, (), discussed=False)
        if found.within or found.outside or found.voids:
            yield found


def _result(source: Ranking, round_: Round) -> Mapping[str, Any]:
    """The round's result as it was frozen with this list."""
    results = {stage["key"]: stage["result"] for stage in source.body["ranking"]["stages"]}
    found: Mapping[str, Any] = results[round_.stage]
    return found


def _admissions(frozen: Ranking, round_: Round, rules: Rules, units: Mapping[str, Unit]) -> Admission:
    """One panel's frozen shortlist as the workbook prints it, apart from the other panels'."""
    body = frozen.body
    rows = [
        AdmissionRow(
            units[line["number"]], line["rank"], Decimal(line["final"]), str(OUTCOMES[line["outcome"]])
        )
        for line in body["rows"]
        if line["number"] in units
    ]
    rows += [
        AdmissionRow(units[line["number"]], None, None, str(OUTCOMES[line["code"]]))
        for line in body["outside"]
        if line["number"] in units
    ]
    return Admission(
        rules.round_name(round_.stage, round_.panel),
        body["quota"],
        Decimal(body["threshold"]),
        tuple(rows),
        frozen.digest,
    )


def _own_results(
    session: Session, rounds: Sequence[Round], again: Sequence[Round], sources: Mapping[int, Ranking]
) -> dict[int, Mapping[str, Any]]:
    """Round -> its stage's result with the dossiers that it scored last; without `again`, with them all."""
    every = [*rounds, *again]
    results = {item.id: _result(sources[item.id], item) for item in every}
    if not again:
        return results
    own = {item.id: ranking_rounds.numbers_of(session, item) for item in every}
    for later in again:
        for item in every:
            if item.stage == later.stage and item.id < later.id:
                own[item.id] = own[item.id] - own[later.id]
    return {item.id: _of_stage(results[item.id], own[item.id]) for item in every}


def remarks_of_rounds(
    session: Session, rounds: Sequence[Round], rules: Rules, as_of: datetime | None
) -> Iterator[str]:
    """What was special about each round up to `as_of`: paper sheets, who left, what was put right."""
    for item in rounds:
        yield from paper_lines(session, item, rules, as_of)
        yield from departure_lines(session, item, rules)
        yield from set_aside_lines(item, rules)
        yield from conflict_lines(session, item, rules, as_of)
        yield from void_lines(session, item, rules)
        yield from correction_lines(session, item, rules, as_of)


def _unit(line: Mapping[str, Any]) -> Unit:
    return Unit(line["number"], line["unit"], tuple(line["members"]), line["recommender"])


def _reference_labels(body: Mapping[str, Any]) -> tuple[str, ...]:
    """The other rules in their usual order: the stored body is sorted by key."""
    given = {name for line in body["rows"] for name in line["references"]}
    return tuple(name for name in wording.RULE_NAMES if name in given)


def _ranked(
    line: Mapping[str, Any],
    units: Mapping[str, Unit],
    stages: Iterable[str],
    labels: Iterable[str],
    ties: Mapping[str, str],
) -> RankedRow:
    opinion = str(RESULTS[line["result"]]) if line["result"] else ""
    if opinion and line["conditions"]:
        opinion += f"：{line['conditions']}"
    return RankedRow(
        rank=line["rank"],
        unit=units[line["number"]],
        round_scores=tuple(figure(line["stage_scores"], key) for key in stages),
        final=Decimal(line["final"]),
        references=tuple(figure(line["references"], name) for name in labels),
        tie_note=ties.get(line["number"], ""),
        panel_opinion=opinion,
        status=str(OUTCOMES[line["outcome"]]),
    )


def tie_notes(body: Mapping[str, Any], rules: Rules) -> dict[str, str]:
    """How each tie was resolved, in words, for every dossier in it."""
    names = report_method.key_names(rules)
    found = {}
    for tie in body["ranking"]["ties"]:
        alone = {part[0] for part in tie["order"] if len(part) == 1}
        for number in (number for part in tie["order"] for number in part):
            parts = [f"最终得分同为{tie['score']}"]
            for step in tie["steps"]:
                if number in step["dossiers"]:
                    values = "、".join(
                        f"{other} {value}"
                        for other, value in zip(step["dossiers"], step["values"], strict=True)
                    )
                    parts.append(f"比较{names[step['key']]}：{values}")
            parts.append("据此排定" if number in alone else "各项仍相同，并列")
            found[number] = "；".join(parts)
    return found


def _remarks(body: Mapping[str, Any], rules: Rules) -> tuple[str, ...]:
    said = tuple(str(sentence) for sentence in sentences(body, rules))
    return (*said, f"专家组说明：{body['look']}") if body.get("look") else said


def _locked(rounds: Iterable[Round], rules: Rules) -> tuple[Parameter, ...]:
    return tuple(
        Parameter(
            f"{round_name(rules, round_)}开启时锁定内容的校验码",
            digest_groups(round_.frozen_digest or ""),
            assumed=False,
            source="指标、规则、专家组、分派和复议触发条件",
        )
        for round_ in rounds
    )


def _unsealers(session: Session, rounds: Iterable[Round], rules: Rules) -> str:
    """Who agreed to the unsealing of each round, and when; the chair, who asked for it, is not named."""
    names = {round_.public_id: round_name(rules, round_) for round_ in rounds}
    rows = session.execute(
        sa.select(Approval.object_id, Account.name, Approval.decided_at)
        .join(Account, Account.id == Approval.decided_by)
        .where(
            Approval.action == "unseal",
            Approval.outcome == "approved",
            Approval.object_id.in_(list(names)),
        )
        .order_by(Approval.decided_at, Approval.id)
    )
    return "；".join(
        f"监督人员 {name}（{time_text(at)}同意组长申请，启封{names[round_]}评分）"
        for round_, name, at in rows
        if at is not None
    )


def details_outside(
    session: Session, call: Call, body: Mapping[str, Any], shortlists: Mapping[str, Ranking]
) -> dict[str, str]:
    """Why a dossier stands outside the ranking, with the figures or the record behind it."""
    known = {
        line["number"]: (line, shortlist.body)
        for shortlist in shortlists.values()
        for line in shortlist.body["rows"]
    }
    acts = _withdrawals(session, call)
    absences = _absences(session, call)
    found = {}
    for line in body["outside"]:
        number, code = line["number"], line["code"]
        if code == "withdrawn":
            found[number] = acts.get(number, "") + "评分留存，不参与排名。"
        elif code == "abstained":
            found[number] = absences.get(number, "")
        elif code == "not_shortlisted" and number in known:
            found[number] = _left_out(*known[number])
    return found


def _left_out(line: Mapping[str, Any], shortlist: Mapping[str, Any]) -> str:
    stage = shortlist["stages"][0]["name"]
    if line["outcome"] == "below_threshold":
        return f"{stage}得分{line['final']}，低于入围最低分{shortlist['threshold']}"
    return f"{stage}第{line['rank']}名（{line['final']}分），入围{shortlist['quota']}家以内"


def _withdrawals(session: Session, call: Call) -> dict[str, str]:
    rows = session.execute(
        sa.select(Dossier.number, DossierAct.acted_at)
        .join(DossierAct, DossierAct.dossier_id == Dossier.id)
        .where(Dossier.call_id == call.id, DossierAct.action == "withdraw")
        .order_by(DossierAct.id)
    )
    return {number: f"{month_day_text(local_date(at))}凭盖章函件撤回，" for number, at in rows}


def _absences(session: Session, call: Call) -> dict[str, str]:
    rows = session.execute(
        sa.select(Dossier.number, DefenseRecord.recorded_at)
        .join(DefenseSlot, DefenseSlot.dossier_id == Dossier.id)
        .join(DefenseRecord, DefenseRecord.slot_id == DefenseSlot.id)
        .where(Dossier.call_id == call.id, DefenseRecord.result == "abstained")
        .order_by(DefenseRecord.id)
    )
    return {
        number: f"{month_day_text(local_date(at))}未参加答辩，经组长、监督人员确认" for number, at in rows
    }
