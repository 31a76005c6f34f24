"""The panel's opinions of the last round: drafted by the chair, confirmed by every expert who is asked."""

from __future__ import annotations

from collections.abc import Mapping

from review_portal.services import opinion_reading, opinions, own_opinions
from review_portal.services.opinion_reading import OpinionText, OpinionView
from tests.factories_selection import CHAIR, Selection

STRENGTHS, PROBLEMS, ADVICE = "服务基础扎实（示例）。", "首年任务偏粗（示例）。", "细化首年接入名单（示例）。"


def text(view: OpinionView, conclusion: str = "") -> OpinionText:
    """An opinion with the defense's conclusion, or another."""
    chosen = conclusion or view.recorded or "recommended"
    conditions = (
        (view.recorded_conditions or "明确首年接入企业名单（示例）") if chosen == "conditional" else ""
    )
    return OpinionText(STRENGTHS, PROBLEMS, ADVICE, chosen, conditions)


def draft(
    made: Selection, number: str, conclusion: str = "", *, round_: str = "", chair_name: str = CHAIR
) -> str:
    """The chair drafts; the version's public id. Needs an application context."""
    chair, at = made.expert(chair_name), {"round_": round_ or made.defense, "dossier": made.numbers[number]}
    view = opinion_reading.view(chair, **at)
    reason = "答辩后核对材料，与现场结论不同（示例）" if conclusion not in ("", view.recorded) else ""
    after = view.latest.ordinal if view.latest else 0
    opinions.draft(chair, text=text(view, conclusion), reason=reason, after=after, **at)
    latest = opinion_reading.view(chair, **at).latest
    assert latest is not None
    return latest.public_id


def confirm(made: Selection, opinion: str) -> None:
    """Everybody who is asked and has not answered confirms."""
    for name in made.experts:
        viewer = made.expert(name)
        if any(item.public_id == opinion for item in own_opinions.list_own(viewer, open_only=True)):
            opinions.answer(viewer, opinion=opinion, answer="confirm")


def agree(made: Selection, conclusions: Mapping[str, str] | None = None, *, round_: str = "") -> None:
    """Opinions of every dossier of the last round, agreed by all; `conclusions` by number."""
    rows = opinion_reading.list_opinions(made.expert(CHAIR), round_=round_ or made.defense)
    for row in rows:
        confirm(made, draft(made, row.number, (conclusions or {}).get(row.number, ""), round_=round_))
