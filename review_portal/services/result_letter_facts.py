"""结果告知书: each applicant's letter, made of that applicant's own results and nothing of others."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.domain.messages import Message, mark
from review_portal.exports import result_letter as export
from review_portal.exports.result_letter import OwnOpinion, ResultLetter
from review_portal.models.calls import Call, Decision, Round
from review_portal.models.dossiers import Dossier, DossierUnit, DossierVersion
from review_portal.models.experts import Expert, PanelMember
from review_portal.models.final_lists import FinalList, ListChange
from review_portal.models.opinions import PanelOpinion
from review_portal.models.rankings import Ranking
from review_portal.services import opinion_rows, ranking_rounds, report_method
from review_portal.services.final_list_facts import day_of
from review_portal.services.frozen_rankings import rounds_of
from scoring_rubrics import Call as Rules

WAYS: Final[Mapping[str, Message]] = {
    "handed": mark("当面领取"),
    "posted": mark("邮寄"),
    "other": mark("其他方式"),
}
_RANK = re.compile(r"第[一二三四五六七八九十百\d]+名|排名|名次|得票")
_APART = frozenset("“”‘’（）()《》、，。；：,.;: \u3000\n\t")


@dataclass(frozen=True, slots=True)
class Letter:
    """One applicant's letter; `email` as in the application, empty where it gave none."""

    dossier_id: int
    dossier: str
    number: str
    unit: str
    outcome: str
    email: str
    letter: ResultLetter


def letters(session: Session, call: Call, rules: Rules, row: FinalList) -> list[Letter]:
    """The letters that go with a version of the list, by number: not to whoever withdrew or was rejected."""
    decision = session.scalars(sa.select(Decision).where(Decision.id == row.decision_id)).one()
    ranking = session.scalars(sa.select(Ranking).where(Ranking.id == decision.ranking_id)).one()
    rounds = rounds_of(session, call, ranking)
    opinions = _opinions(session, call, ranking, rounds) if rules.letters.panel_opinion else {}
    people = _experts(session, call)
    dossiers = {one.public_id: one for one in _dossiers(session, call)}
    units = _names(session, call)
    emails = _emails(session, call)
    off = _off(session, row)
    selected = {line[0] for line in row.units}
    found = []
    for line in sorted([*ranking.body["rows"], *ranking.body["outside"]], key=lambda one: one["number"]):
        one = dossiers.get(line["dossier"])
        if one is None or one.state != "eligible" or off.get(one.public_id) == "withdrawn":
            continue
        outcome = _outcome(one.public_id, selected, off)
        opinion = opinions.get(one.id)
        others = [*people, *_of_others(units, one.id), *(n for n in _numbers(dossiers) if n != one.number)]
        told = opinion is not None and not _names_others(opinion, units.get(one.id, []), others)
        letter = ResultLetter(
            unit=line["unit"],
            number=one.number,
            outcome=outcome,
            why="" if outcome != export.NOT_SELECTED else str(_why(line, rules) or ""),
            facts=dict(row.facts),
            issued_on=day_of(row.facts["issued_on"]),
            method=report_method.method(rules)[:-1],
            scores=_scores(line, rules) if rules.letters.own_scores else None,
            final=line.get("final") if rules.letters.own_scores else None,
            opinion=_own(opinion, rules) if opinion is not None and told else None,
            withheld=opinion is not None and not told,
            digest=row.digest,
        )
        found.append(
            Letter(one.id, one.public_id, one.number, line["unit"], outcome, emails.get(one.id, ""), letter)
        )
    return found


def _outcome(dossier: str, selected: set[str], off: Mapping[str, str]) -> str:
    if dossier in selected:
        return export.SELECTED
    return export.CANCELLED if dossier in off else export.NOT_SELECTED


def _off(session: Session, row: FinalList) -> dict[str, str]:
    """Dossier -> why it lost its place, of the changes up to this version."""
    changes = session.execute(
        sa.select(Dossier.public_id, ListChange.cause)
        .join(Dossier, Dossier.id == ListChange.dossier_id)
        .where(ListChange.decision_id == row.decision_id, ListChange.kind == "vacate")
        .where(ListChange.ordinal <= row.upto)
    )
    return {dossier: cause for dossier, cause in changes}  # noqa: C416


def _dossiers(session: Session, call: Call) -> list[Dossier]:
    return list(session.scalars(sa.select(Dossier).where(Dossier.call_id == call.id)))


def _numbers(dossiers: Mapping[str, Dossier]) -> list[str]:
    return [one.number for one in dossiers.values()]


def _names(session: Session, call: Call) -> dict[int, list[str]]:
    """Dossier id -> the names of its units in every version."""
    found: dict[int, list[str]] = {}
    for dossier_id, name in session.execute(
        sa.select(DossierVersion.dossier_id, DossierUnit.name)
        .join(DossierUnit, DossierUnit.version_id == DossierVersion.id)
        .join(Dossier, Dossier.id == DossierVersion.dossier_id)
        .where(Dossier.call_id == call.id)
    ):
        found.setdefault(dossier_id, []).append(name)
    return found


def _of_others(units: Mapping[int, list[str]], own: int) -> list[str]:
    mine = set(units.get(own, []))
    return [name for dossier, names in units.items() if dossier != own for name in names if name not in mine]


def _emails(session: Session, call: Call) -> dict[int, str]:
    rows = session.execute(
        sa.select(Dossier.id, DossierVersion.form)
        .join(DossierVersion, DossierVersion.id == Dossier.current_version_id)
        .where(Dossier.call_id == call.id)
    )
    return {dossier: str(_at(form, "unit", "contact", "email") or "").strip() for dossier, form in rows}


def _at(form: Any, *path: str) -> Any:
    for name in path:
        form = form.get(name) if isinstance(form, Mapping) else None
    return form


def _experts(session: Session, call: Call) -> list[str]:
    """Names and codes of everybody on the call's panels."""
    rows = session.execute(
        sa.select(Expert.name, PanelMember.code)
        .join(PanelMember, PanelMember.expert_id == Expert.id)
        .join(Round, Round.id == PanelMember.round_id)
        .where(Round.call_id == call.id)
    )
    return sorted({text for name, code in rows for text in (name, code) if text})


def _opinions(session: Session, call: Call, ranking: Ranking, rounds: list[Round]) -> dict[int, PanelOpinion]:
    """The opinions that the frozen ranking rests on."""
    if not rounds:
        return {}
    again = ranking_rounds.again_in(session, ranking)
    heard = ranking_rounds.last_heard(session, rounds[-1], again)
    return opinion_rows.agreed_rows(session, call, as_of=ranking.frozen_at, heard=heard)


def _names_others(opinion: PanelOpinion, own: Iterable[str], others: Iterable[str]) -> bool:
    """Whether an opinion's words name another unit, an expert or a rank: then it is not for this letter."""
    text = "".join((opinion.strengths, opinion.problems, opinion.advice, opinion.conditions))
    bare = _bare(text)
    for name in sorted({_bare(name) for name in own if name}, key=len, reverse=True):
        bare = bare.replace(name, "\0")
    return bool(_RANK.search(bare)) or any(_bare(name) in bare for name in others if _bare(name))


def _bare(text: str) -> str:
    """Without blanks and marks, in one case: a name is found however it is spaced."""
    return "".join(char for char in text if char not in _APART).casefold()


def _own(opinion: PanelOpinion, rules: Rules) -> OwnOpinion:
    words: dict[str, str] = {}
    for stage in rules.scored_stages:
        words |= opinion_rows.words_of(rules, stage.key)
    return OwnOpinion(
        words.get(opinion.conclusion, opinion.conclusion),
        opinion.conditions,
        opinion.strengths,
        opinion.problems,
        opinion.advice,
    )


def _scores(line: Mapping[str, Any], rules: Rules) -> tuple[tuple[str, str | None], ...]:
    """The unit's published score of each scored stage, None where it has none; of a panel's stage its own."""
    own = dict(line["stage_scores"])
    admission = line.get("admission") or {}
    return tuple(
        (stage.name, admission.get("score") if stage.panels else own.get(stage.key))
        for stage in rules.scored_stages
    )


def _why(line: Mapping[str, Any], rules: Rules) -> Message | None:
    """Why the unit is not on the list, as far as it is told to it."""
    last = rules.scored_stages[-1].name
    code = line.get("code") or line["outcome"]
    said = {
        "not_shortlisted": mark("未进入%(stage)s环节。", stage=last),
        "below_threshold": mark("得分未达到进入%(stage)s的最低分。", stage=last),
        "abstained": mark("未按规定参加%(stage)s，按放弃处理。", stage=last),
        "unscored": mark("没有有效评分。"),
    }
    if line.get("result") == "not_recommended" and rules.letters.panel_opinion:
        return mark("专家组结论为不推荐。")
    return said.get(code, mark("按评审结果和会议审定，未列入遴选名单。"))
