"""What must be in order before a round opens, and what opening freezes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.clock import now
from review_portal.domain.employers import employer_key
from review_portal.domain.errors import Conflict, Invalid
from review_portal.domain.messages import mark
from review_portal.models.accounts import Grant
from review_portal.models.calls import Call, Round
from review_portal.models.dossiers import Dossier
from review_portal.models.experts import Expert, PanelMember
from review_portal.models.reviews import Review
from review_portal.services import attachment_views, both_rounds, letter_rows, panel_parts, recusals
from review_portal.services.rules import scheme_digest
from scoring_rubrics import Call as Rules

REASON_MIN, REASON_MAX = 10, 500


def refuse_unready(session: Session, row: Round, call: Call, rules: Rules) -> None:
    """Raise `Conflict` with the reason while the round cannot open."""
    if row.reexamination_id is None and call.state != "reviewing":
        raise Conflict(mark("请先结束受理，再开启评审。"))
    if call.scheme_digest != scheme_digest(rules):
        raise Conflict(mark("评审工作方案尚未批准或规则已变化，请先登记方案审批。"))
    earlier = session.scalars(
        sa.select(Round).where(Round.call_id == call.id, Round.position < row.position)
    ).all()
    if any(item.state != "finished" for item in earlier):
        raise Conflict(mark("上一轮评审尚未结束。"))
    panel_parts.refuse_unfrozen(session, earlier, call)
    panel_parts.refuse_incomplete(session, row)
    experts = session.scalars(sa.select(PanelMember.expert_id).where(PanelMember.round_id == row.id)).all()
    _refuse_panel(session, call.id, experts, rules)
    _refuse_known(session, row, experts)
    again = both_rounds.fault(session, row, experts, rules.panel)
    if again is not None:
        raise Conflict(again)
    assigned = session.scalar(
        sa.select(sa.func.count())
        .select_from(Review)
        .where(Review.round_id == row.id, Review.state == "assigned")
    )
    if not assigned:
        raise Conflict(mark("尚未分派评审任务，请先分派。"))
    _refuse_undecided(session, row, experts, rules)
    recusals.refuse_undecided(session, call.id)


def undelivered(session: Session, row: Round, call: Call, reason: str) -> dict[str, object]:
    """What opening freezes of rejections that are not in force: their numbers and why one did not wait.

    Empty where all are delivered, and in every later round. Raises `Invalid` without a reason.
    """
    first = sa.select(sa.func.min(Round.position)).where(Round.call_id == call.id)
    numbers = letter_rows.undelivered(session, call)
    if not numbers or row.reexamination_id is not None or row.position != session.scalar(first):
        return {}
    sentence = mark(
        "%(numbers)s的不予受理通知书尚未登记送达，不予受理尚未生效。请先登记送达，或写明先行开启的理由，不少于%(least)s字。",
        numbers="、".join(numbers),
        least=REASON_MIN,
    )
    if len(reason.strip()) < REASON_MIN:
        raise Invalid(sentence, {"reason": sentence})
    if len(reason.strip()) > REASON_MAX:
        raise Invalid(mark("理由太长。"), {"reason": mark("最多%(most)s个字，请改短。", most=REASON_MAX)})
    return {"undelivered": {"numbers": numbers, "reason": reason.strip()}}


def code_head(session: Session, row: Round) -> str:
    """What the experts' codes begin with: those of a round that scores anew are told apart."""
    if row.reexamination_id is None:
        return "E"
    earlier = session.scalar(
        sa.select(sa.func.count())
        .select_from(Round)
        .where(Round.call_id == row.call_id, Round.reexamination_id <= row.reexamination_id)
    )
    return f"R{earlier}E"


def _refuse_known(session: Session, row: Round, experts: Sequence[int]) -> None:
    """Who scores anew after an objection has scored none of these dossiers in this call before."""
    if row.reexamination_id is None:
        return
    scope = recusals.dossiers_of(session, row).with_only_columns(Dossier.id)
    names = session.scalars(
        sa.select(Expert.name)
        .join(Review, Review.expert_id == Expert.id)
        .where(Expert.id.in_(experts), Review.dossier_id.in_(scope), Review.round_id != row.id)
        .where(Review.state.not_in(("recused", "missed")))
        .distinct()
        .order_by(Expert.name)
    ).all()
    if names:
        raise Conflict(
            mark(
                "重新评审须由其他专家进行：%(names)s曾评审过其中的材料。请另选专家。", names="、".join(names)
            )
        )


def refuse_past(deadline: datetime | None) -> None:
    """Raise `Invalid` where scoring would be over before it begins."""
    if deadline is not None and deadline <= now():
        raise Invalid(
            mark("评分截止时间已过，请改为以后的时间。"), {"deadline": mark("请填写现在以后的时间。")}
        )


def _refuse_panel(session: Session, call_id: int, experts: Sequence[int], rules: Rules) -> None:
    if len(experts) < rules.panel.minimum or (rules.panel.odd and len(experts) % 2 == 0):
        raise Conflict(
            mark(
                "专家组现有%(n)s人，应不少于%(least)s人%(odd)s。",
                n=len(experts),
                least=rules.panel.minimum,
                odd=mark("且为单数") if rules.panel.odd else "",
            )
        )
    refuse_without_account(session, call_id, experts)
    refuse_crowded(session, experts, rules)


def refuse_without_account(session: Session, call_id: int, experts: Sequence[int]) -> None:
    """Raise `Conflict` where somebody could not log in to this call."""
    without = session.scalars(
        sa.select(Expert.name).where(Expert.id.in_(experts), ~_expert_of(call_id)).order_by(Expert.name)
    ).all()
    if without:
        raise Conflict(mark("以下专家尚未开通账号：%(names)s。", names="、".join(without)))


def refuse_crowded(session: Session, experts: Sequence[int], rules: Rules) -> None:
    """Raise `Conflict` where an employer has more experts on the panel than the scheme allows."""
    crowded = crowded_employers(session, experts, rules)
    if crowded:
        employer, names = crowded[0]
        raise Conflict(
            mark(
                "%(names)s同在“%(employer)s”，方案规定同一单位不超过%(n)s人，请调整专家组。",
                names="、".join(names),
                employer=employer,
                n=rules.panel.per_employer_max,
            )
        )


def crowded_employers(
    session: Session, experts: Sequence[int], rules: Rules
) -> list[tuple[str, tuple[str, ...]]]:
    """Employers with more experts on the panel than the scheme allows, each with their names."""
    by_employer: dict[str, list[tuple[str, str]]] = {}
    for name, employer in session.execute(
        sa.select(Expert.name, Expert.employer).where(Expert.id.in_(experts)).order_by(Expert.name)
    ):
        key = employer_key(employer)
        if key is not None:
            by_employer.setdefault(key, []).append((employer, name))
    return [
        (people[0][0], tuple(name for _employer, name in people))
        for people in by_employer.values()
        if len(people) > rules.panel.per_employer_max
    ]


def _refuse_undecided(session: Session, row: Round, experts: Sequence[int], rules: Rules) -> None:
    """What only looks like a conflict has been looked at: recused, or assigned with the ground recorded.

    What binds is not assigned either, as far as the register knows by now.
    """
    dossiers = session.scalars(recusals.dossiers_of(session, row).with_only_columns(Dossier.id)).all()
    held = {
        (expert, dossier): state
        for expert, dossier, state in session.execute(
            sa.select(Review.expert_id, Review.dossier_id, Review.state).where(Review.round_id == row.id)
        )
    }
    settled = set(recusals.recorded(session, row.call_id)) | held.keys()
    said = recusals.grounds(session, experts, dossiers, rules.recusal)
    wrong = [pair for pair, why in said.items() if why.binds and held.get(pair) == "assigned"]
    if wrong:
        raise Conflict(
            mark(
                "按专家库现在的登记，有%(n)s项分派须回避。请在专家分派页逐项登记回避，或重新采用分派方案。",
                n=len(wrong),
            )
        )
    waiting = [pair for pair, why in said.items() if why.conflicts and not why.binds and pair not in settled]
    if waiting:
        raise Conflict(mark("有%(n)s对利害关系尚待核实，请在专家分派页逐一处理。", n=len(waiting)))


def frozen(session: Session, row: Round, rules: Rules, members: Sequence[PanelMember]) -> dict[str, object]:
    """Rules, panel, assignments and triggers: what no later act changes."""
    assignments = session.execute(
        sa.select(PanelMember.code, Dossier.public_id)
        .join(Review, (Review.round_id == PanelMember.round_id) & (Review.expert_id == PanelMember.expert_id))
        .join(Dossier, Dossier.id == Review.dossier_id)
        .where(PanelMember.round_id == row.id, Review.state == "assigned")
        .order_by(PanelMember.code, Dossier.public_id)
    ).all()
    return {
        "stage": row.stage,
        **_panel(row, rules),
        "rules": rules.digest,
        "rule": rules.rule.canonical(),
        "panel": sorted(member.public_id for member in members),
        "assignments": [list(pair) for pair in assignments],
        "attachments": _scans(session, row),
        "dropout": rules.dropout.rule,
        "triggers": rules.triggers.canonical(),
    }


def _panel(row: Round, rules: Rules) -> dict[str, object]:
    """Which of several panels this is and how many of its dossiers go on; nothing where there is one."""
    panel = rules.stage(row.stage).panel(row.panel)
    return {"panel": {"key": panel.key, "name": panel.name, "shortlist": panel.shortlist}} if panel else {}


def _scans(session: Session, row: Round) -> dict[str, list[str]]:
    """Dossier -> SHA-256 of each proof that can be read beside it; a dossier without any is left out."""
    query = recusals.dossiers_of(session, row).with_only_columns(Dossier.id, Dossier.public_id)
    names = dict(session.execute(query).all())
    found = attachment_views.of_dossiers(session, names.keys())
    return {names[dossier]: [scan.sha256 for scan in scans] for dossier, scans in found.items()}


def _expert_of(call_id: int) -> sa.ColumnElement[bool]:
    """Whether an expert can log in to this call's desk; a role in another call is not one here."""
    return sa.exists().where(
        Grant.account_id == Expert.account_id,
        Grant.role == "expert",
        (Grant.call_id == call_id) | Grant.call_id.is_(None),
        Grant.revoked_at.is_(None),
    )
