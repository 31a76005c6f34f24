"""Who types paper sheets (代录), and from what those who typed keep away. Pure, as `policy` is."""

from __future__ import annotations

from collections.abc import Collection

from review_portal.domain.messages import mark
from review_portal.domain.policy import CLERKS, YES, RoundLike, Verdict, Viewer


def clerk_role(viewer: Viewer, call_id: int) -> str | None:
    """As which clerk the viewer types this call's paper sheets; nobody is both."""
    held = [role for role in CLERKS if (role, call_id) in viewer.grants]
    return held[0] if len(held) == 1 else None


def can_know_paper(viewer: Viewer, call_id: int, panel: Collection[int | None]) -> Verdict:
    """A clerk of the call who has no seat on the round's panel (ids of experts)."""
    outside = viewer.expert_id is None or viewer.expert_id not in panel
    if outside and clerk_role(viewer, call_id) is not None:
        return YES
    return Verdict(False, mark("未找到该评分表，或您没有查看权限。"))


def can_type(round_: RoundLike) -> Verdict:
    """Sheets are typed while their round is sealed: after scoring has ended, before anybody sees points."""
    if round_.state == "sealed":
        return YES
    return Verdict(False, mark("本轮评分未在封存中，不能代录。"))


def stays_clerk(role: str, typed_as: Collection[str]) -> Verdict:
    """Whoever has typed paper sheets of a call knows whose they are: in it no other role follows."""
    if all(role == other for other in typed_as):
        return YES
    return Verdict(False, mark("该账号在本批次代录过纸质评分表，不能再任其他角色。请另用他人。"))


def stands_apart(typed: bool) -> Verdict:
    """Whoever has typed paper sheets of a call neither unseals its scores nor makes its list."""
    if not typed:
        return YES
    return Verdict(
        False,
        mark("您在本批次代录过纸质评分表，不能再办理启封、冻结排名或公示名单。请由他人办理。"),
    )
