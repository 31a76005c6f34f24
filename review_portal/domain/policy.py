"""Who may do what, and why not: every rule of access in one place.

Predicates are pure: a `Viewer`, an object with plain attributes, and back comes a `Verdict`. Services ask
before they act, templates ask the same before they show a button.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from review_portal.domain import states
from review_portal.domain.errors import NotAllowed
from review_portal.domain.messages import Message, mark

CLERKS = ("counting_clerk", "checking_clerk")  # they type paper sheets, each without the other


class Permission(StrEnum):
    """What a view asks of whoever opens it; the object's own rules come after."""

    PUBLIC = "public"
    SIGNED_IN = "signed_in"
    ADMINISTRATOR = "administrator"
    SECRETARIAT = "secretariat"
    SUPERVISOR = "supervisor"
    EXPERT = "expert"
    OFFICE = "office"  # secretariat or supervisor
    CLERK = "clerk"  # counting or checking clerk


@dataclass(frozen=True, slots=True)
class Viewer:
    """The person asking. `grants` holds (role, call id or None for the house)."""

    account_id: int
    public_id: str
    name: str
    grants: frozenset[tuple[str, int | None]] = frozenset()
    expert_id: int | None = None
    chairs: frozenset[int] = frozenset()
    must_change: bool = False

    def has(self, role: str, call_id: int | None) -> bool:
        """Whether the role is held for this call or for the house."""
        return (role, None) in self.grants or (role, call_id) in self.grants

    def holds(self, role: str) -> bool:
        """Whether the role is held for any call."""
        return any(held == role for held, _call in self.grants)

    def calls_of(self, *roles: str) -> frozenset[int | None]:
        """Ids of the calls for which one of `roles` is held; None in it means all."""
        return frozenset(call for held, call in self.grants if held in roles)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Yes, or no with the reason a person is told."""

    allowed: bool
    reason: Message

    def __bool__(self) -> bool:
        return self.allowed

    def require(self) -> None:
        """Raise `NotAllowed` with the reason unless allowed."""
        if not self.allowed:
            raise NotAllowed(self.reason)


YES = Verdict(True, Message(""))


def _no(msgid: str, **params: object) -> Verdict:
    return Verdict(False, mark(msgid, **params))


class ReviewLike(Protocol):
    """A review as policy sees it."""

    @property
    def state(self) -> str: ...
    @property
    def expert_id(self) -> int: ...


class RoundLike(Protocol):
    """A round as policy sees it."""

    @property
    def id(self) -> int: ...
    @property
    def call_id(self) -> int: ...
    @property
    def state(self) -> str: ...


def may_enter(viewer: Viewer | None, permission: Permission) -> bool:
    """Whether the desk is the viewer's at all."""
    if permission is Permission.PUBLIC:
        return True
    if viewer is None:
        return False
    if permission is Permission.SIGNED_IN:
        return True
    if permission is Permission.EXPERT:
        return viewer.expert_id is not None and viewer.holds("expert")
    if permission is Permission.OFFICE:
        return viewer.holds("secretariat") or viewer.holds("supervisor")
    if permission is Permission.CLERK:
        return any(viewer.holds(role) for role in CLERKS)
    return viewer.holds(permission.value)


def can_run_call(viewer: Viewer, call_id: int) -> Verdict:
    """The secretariat of this call."""
    return YES if viewer.has("secretariat", call_id) else _no("只有本批次秘书处人员可以办理。")


def can_see_contacts(viewer: Viewer, call_id: int) -> Verdict:
    """Experts' phone numbers and addresses: the secretariat that invites them, each time with a reason."""
    return can_run_call(viewer, call_id)


def can_create_call(viewer: Viewer) -> Verdict:
    """Secretariat of the house."""
    return YES if viewer.has("secretariat", None) else _no("只有秘书处人员可以新建批次。")


def can_keep_calendar(viewer: Viewer) -> Verdict:
    """The administrator of the system enters which days are working days."""
    return YES if viewer.has("administrator", None) else _no("只有系统管理员可以维护工作日表。")


def can_watch_call(viewer: Viewer, call_id: int) -> Verdict:
    """The supervisor of this call."""
    return YES if viewer.has("supervisor", call_id) else _no("只有本批次监督人员可以办理。")


def can_see_call(viewer: Viewer, call_id: int) -> Verdict:
    """Secretariat or supervisor of this call; experts reach their work by their reviews."""
    known = viewer.has("secretariat", call_id) or viewer.has("supervisor", call_id)
    return YES if known else _no("未找到该批次，或您没有查看权限。")


def meeting_side(viewer: Viewer, call_id: int) -> str | None:
    """The column of the meeting day's checklist that is the viewer's to tick; nobody has both."""
    if can_run_call(viewer, call_id):
        return "secretariat"
    return "supervisor" if can_watch_call(viewer, call_id) else None


def draw_party(viewer: Viewer, call_id: int) -> str | None:
    """The side that the viewer takes at a draw of experts; nobody takes both."""
    if can_run_call(viewer, call_id):
        return "organiser"
    return "supervisor" if can_watch_call(viewer, call_id) else None


def can_lock_draw(viewer: Viewer, round_: RoundLike) -> Verdict:
    """The secretariat, while the round's panel is open or a vacant seat may still be filled."""
    if round_.state not in ("draft", "scoring"):
        return _no("评分已结束，不能再抽取专家。")
    return can_run_call(viewer, round_.call_id)


def can_telephone(viewer: Viewer, call_id: int, caller: int | None) -> Verdict:
    """The one officer who telephones the drawn experts."""
    if can_run_call(viewer, call_id) and viewer.account_id == caller:
        return YES
    return _no("电话确认由本次抽取的拨打人办理。需要换人的，请先接手电话确认。")


def can_know_drawn(viewer: Viewer, call_id: int, caller: int | None, signed_in: bool) -> Verdict:
    """Who a drawn expert is: caller and supervisor until the expert has signed in, then the offices."""
    if viewer.account_id == caller or can_watch_call(viewer, call_id):
        return can_see_call(viewer, call_id)
    if signed_in and can_see_call(viewer, call_id):
        return YES
    return _no("专家签到以前，姓名只向拨打人和监督人员显示。")


def can_chair(viewer: Viewer, round_: RoundLike) -> Verdict:
    """The elected chair of this round."""
    return YES if round_.id in viewer.chairs else _no("只有本轮专家组组长可以办理。")


def can_see_points(viewer: Viewer, round_: RoundLike) -> Verdict:
    """Nobody before unsealing; then the chair, the secretariat and the supervisor."""
    if round_.state not in ("reconciling", "finished"):
        return _no("评分已封存，启封前任何人不能查看。")
    if can_chair(viewer, round_) or can_see_call(viewer, round_.call_id):
        return YES
    return _no("评分只向组长、秘书处和监督人员开放。")


def can_see_ranks(viewer: Viewer, round_: RoundLike) -> Verdict:
    """Ranks only after reconciliation: else cases could be chosen by who would win."""
    if round_.state != "finished":
        return _no("复议结束后方可试算排名。")
    return can_see_points(viewer, round_)


def can_read_dossier(
    viewer: Viewer, *, is_own: bool, declared: bool, recused: bool, pledged: bool
) -> Verdict:
    """An expert reads a text only after pledge and declaration, and never a recused one."""
    if not is_own or recused or viewer.expert_id is None:
        return _no("未找到该材料，或您没有查看权限。")
    if not pledged:
        return _no("请先签署评审承诺。")
    if not declared:
        return _no("请先对该申报单位作出回避声明。")
    return YES


def can_open_in_mode(mode: str, present: bool) -> Verdict:
    """Where a stage is scored on site, texts and sheets open only for who is signed in and in the room."""
    if mode == "onsite" and not present:
        return _no("本轮为现场评分，签到后方可打开材料和评分表。请先签到。已暂存的内容均保留。")
    return YES


def can_score(viewer: Viewer, review: ReviewLike, round_state: str) -> Verdict:
    """The author, while the round is scoring and the sheet is open."""
    if viewer.expert_id != review.expert_id:
        return _no("未找到该材料，或您没有查看权限。")
    if round_state != "scoring":
        return _no("本轮评分未在进行，不能修改。")
    if not states.may(states.REVIEW, review.state, "save"):
        return _no("评分已提交。如需修改，请先撤回。")
    return YES


def can_withdraw(viewer: Viewer, review: ReviewLike, round_state: str) -> Verdict:
    """The author, until the round closes."""
    if viewer.expert_id != review.expert_id:
        return _no("未找到该材料，或您没有查看权限。")
    if round_state != "scoring":
        return _no("本轮评分已结束，不能撤回。")
    return YES if states.may(states.REVIEW, review.state, "withdraw") else _no("该评分尚未提交，无需撤回。")


def can_open_accounts(viewer: Viewer, role: str, call_id: int | None) -> Verdict:
    """The secretariat opens its call's experts, supervisors and clerks, the administrator the secretariat."""
    if (
        role in ("expert", "supervisor", *CLERKS)
        and call_id is not None
        and viewer.has("secretariat", call_id)
    ):
        return YES
    if role == "secretariat" and viewer.has("administrator", None):
        return YES
    return _no("秘书处可开通本批次专家、监督和代录账号，管理员可开通秘书处账号。")


class PasswordSubject(Protocol):
    """An account about to get a one-time password. `used`: somebody has logged in with it before.

    `at_stake`: a round has been opened in which it has a part; `published`: a call has ever been.
    """

    @property
    def grants(self) -> frozenset[tuple[str, int | None]]: ...
    @property
    def used(self) -> bool: ...
    @property
    def at_stake(self) -> bool: ...
    @property
    def published(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class PasswordWay:
    """How an account gets a one-time password: `alone` (one officer), by `two` people, from the `host`."""

    kind: str
    reason: Message


def password_way(viewer: Viewer, account: PasswordSubject) -> PasswordWay:
    """An account in use is somebody: whoever gets its password alone could read and change what is sealed.

    An office's account in use comes from the host only: with it one person would supply both halves of a
    two-person act.
    """
    if not all(can_open_accounts(viewer, role, call_id) for role, call_id in account.grants):
        return PasswordWay("host", mark("该账号还有其他角色，请由管理员在主机上重置。"))
    offices = any(role in ("supervisor", "secretariat") for role, _call in account.grants)
    if account.used and offices and (account.published or account.at_stake):
        return PasswordWay(
            "host", mark("已启用的监督、秘书处账号不能在页面上重发密码。请由管理员在主机上重置。")
        )
    if account.used and account.at_stake:
        return PasswordWay("two", mark("评审已开启，已启用的专家、代录账号须经监督人员同意后方可重发密码。"))
    return PasswordWay("alone", mark("由经办人直接发放，原密码立即失效。"))


def can_hold(held: Collection[tuple[str, int | None]], role: str, call_id: int | None) -> Verdict:
    """Whether someone with the roles `held` may be given another: nobody watches or runs what they score."""
    for other, call in held:
        if other == role and call == call_id:
            return _no("该账号已有这一角色，无须再授予。")
        if "administrator" in (other, role):
            return _no("管理员只办理账号，不能兼任其他角色。")
        if other != role and (call == call_id or call is None or call_id is None):
            return _no("同一批次的秘书处、监督人员、专家、计分人、复核人不能由一人兼任。请另用他人。")
    return YES


APPROVERS: dict[str, tuple[str, ...]] = {
    "close": ("supervisor",),
    "unseal": ("supervisor",),
    "void_round": ("supervisor",),
    "reject_dossier": ("secretariat",),
    "open_accounts": ("secretariat", "supervisor", "administrator"),
    "revoke_role": ("secretariat", "supervisor", "administrator"),
    "issue_password": ("supervisor",),
    "issue_entry": ("supervisor",),
    "absent": ("supervisor",),
    "drop_out": ("supervisor",),
    "confirm_scores": ("supervisor",),
    "record_decision": ("secretariat",),
    "release_notice": ("secretariat",),
    "settle_list": ("secretariat",),
    "change_list": ("secretariat",),
    "fill_place": ("secretariat",),
    "release_change": ("secretariat",),
    "lift_recusal": ("supervisor",),
    "settle_conflict": ("supervisor",),
    "drop_paper": ("supervisor",),
    "countersign_case": ("supervisor",),
    "void_review": ("supervisor",),
    "reexamine": ("supervisor",),
    "end_reexam": ("supervisor",),
    "correct_sheet": ("supervisor",),
    "conclude_objection": ("secretariat", "supervisor"),
    "hold_dossier": ("supervisor",),
    "release_dossier": ("supervisor",),
    "decide_later": ("secretariat",),
}


def can_approve_unknown() -> Verdict:
    """Nobody agrees to people whose names he may not know yet."""
    return _no("所列专家由抽取产生，签到以前姓名只向拨打人和监督人员显示，请由监督人员确认。")


def can_approve(viewer: Viewer, action: str, call_id: int | None, asked_by: int) -> Verdict:
    """A second person with the right office; nobody supplies both halves."""
    if viewer.account_id == asked_by:
        return _no("双人办理事项须由另一人确认，申请人不能自行确认。")
    if any(viewer.has(role, call_id) for role in APPROVERS.get(action, ())):
        return YES
    return _no("您不是该事项的确认人。")
