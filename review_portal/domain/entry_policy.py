"""How an expert gets a link that lets in once: as a password is reissued, and to experts only."""

from __future__ import annotations

from review_portal.domain.messages import mark
from review_portal.domain.policy import PasswordSubject, PasswordWay, Viewer, password_way

ISSUE = "issue_entry"  # the two-person act
HOURS = (2, 12, 24, 72)  # how long a link may be good for
USUAL_HOURS = 24


def entry_way(viewer: Viewer, account: PasswordSubject) -> PasswordWay:
    """Whoever holds the link is that expert to the portal, as with a password: the same people hand it out.

    Unlike a password it leaves the holder's own untouched, so that misuse would not be noticed. Hence a link
    that one officer gave dies as soon as scores are at stake (`holds`), and so does the login it opened.
    """
    if not account.grants or any(role != "expert" for role, _call in account.grants):
        return PasswordWay("host", mark("一次性入口只发给专家账号。"))
    way = password_way(viewer, account)
    if way.kind == "two":
        return PasswordWay("two", mark("评审已开启，已启用的专家账号须经监督人员同意后方可发放一次性入口。"))
    if way.kind == "alone":
        return PasswordWay("alone", mark("由经办人直接发放。评审开启后，已启用账号的入口须经监督人员同意。"))
    return way


def holds(account: PasswordSubject, *, by_two: bool) -> bool:
    """Whether a link given earlier may still be used, as the account stands now."""
    if not account.grants or any(role != "expert" for role, _call in account.grants):
        return False
    return by_two or not (account.used and account.at_stake)
