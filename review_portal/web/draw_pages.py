"""What the templates of the draw are given: services' data in the components' shapes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

from flask import request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from review_portal.domain.draw import PARTY_NAMES, Dice, PublicSource, Published, in_words
from review_portal.domain.errors import Invalid, PortalError
from review_portal.domain.messages import mark
from review_portal.services import draw_views
from review_portal.services.draw_pool import ANY, PoolView
from review_portal.services.draw_views import DrawView, LiveDraw, RoundDraws
from review_portal.services.draws import REFUSAL_MINUTES, Plan
from review_portal.web import secretariat_nav, supervisor_nav
from review_portal.web.forms import say

Act = Callable[[str], str | None]  # reason -> who follows, if anybody
NO_REASON = mark("改用备用来源的，请写明原因。")
OUTCOMES = {
    "": ("none", _l("待联系")),
    "agreed": ("done", _l("同意")),
    "declined": ("bad", _l("婉拒")),
    "unreached": ("warn", _l("未接通")),
    "recused": ("out", _l("需回避")),
}
SOURCES: dict[str, PublicSource] = {"d6": Dice(25, 6), "d10": Dice(20, 10), "d6short": Dice(13, 6)}


def frame_of(found: RoundDraws) -> None:
    """The desk of the side that the viewer takes."""
    if found.party == "organiser":
        secretariat_nav.enter(found.call, _("专家抽取"))
    else:
        supervisor_nav.enter(found.call, _("专家抽取"))


def panel_href(found: RoundDraws) -> str:
    """The page of the round's panel on the viewer's desk."""
    if found.party == "organiser":
        return url_for("experts.panel", call=found.call, round_=found.public_id)
    return url_for("supervisor.panel", call=found.call)


def in_groups(value: str) -> list[str]:
    """Throws by fives, as a room compares them; anything else as it is."""
    thrown = value.split(" ")
    if not value or any(len(one) > 1 for one in thrown):
        return [value] if value else []
    return [" ".join(thrown[start : start + 5]) for start in range(0, len(thrown), 5)]


def steps(view: DrawView | None) -> list[tuple[str, str, str]]:
    """The four steps: name, kind and word of their state."""
    names = (_("锁定名单"), _("双方各出一个数"), _("抽取"), _("打印签字"))
    phase = view.phase if view else ""
    at = {"": 0, "commit": 1, "value": 2, "open": 2, "drawn": 3, "void": 3}[phase]
    words = {"done": _("已完成"), "part": _("正在进行"), "none": _("未开始")}
    kinds = ["done" if place < at else "part" if place == at else "none" for place in range(4)]
    return [(name, kind, words[kind]) for name, kind in zip(names, kinds, strict=True)]


def overview_page(found: RoundDraws) -> dict[str, Any]:
    """The guided page."""
    view = found.current
    page: dict[str, Any] = {
        "found": found,
        "view": view,
        "steps": steps(view),
        "organiser": found.party == "organiser",
        "cancelled": [item for item in found.draws if item.phase == "cancelled"],
        "earlier": [item for item in found.draws if item.phase in ("drawn", "void") and item is not view],
        "outcomes": OUTCOMES,
        "party_words": {party: say(words) for party, words in PARTY_NAMES.items()},
        "minutes": REFUSAL_MINUTES,
        "code": draw_views.state_code(found),
        "panel_href": panel_href(found),
    }
    if view is not None:
        page |= _locked(view)
    return page


def _locked(view: DrawView) -> dict[str, Any]:
    frozen = view.standing.draw.frozen
    own = next(side for side in view.parties if side.own)
    drawn = view.standing.record
    return {
        "frozen": frozen,
        "own": own,
        "source": say(in_words(frozen.rules.public_source)),
        "fallback": say(in_words(frozen.rules.fallback)),
        "throws": frozen.rules.public_source.rolls if isinstance(frozen.rules.public_source, Dice) else None,
        "quotas": [(part.name, part.quota, part.standby) for part in frozen.rules.strata],
        "excluded": [
            (entry.id, view.names.get(entry.id, ""), entry.rule, entry.reason) for entry in frozen.exclusions
        ],
        "difference": _difference(view),
        "record_code": drawn.code if drawn else "",
        "last_code": drawn.last_code if drawn else "",
    }


def _difference(view: DrawView) -> list[tuple[str, str]]:
    """What is not as it was at the last draw, in words; empty when none came before."""
    previous = view.standing.draw.frozen.event.previous
    if previous is None:
        return []
    changed = previous.difference
    rows = (
        (_("名单新增"), changed.added),
        (_("名单减少"), changed.removed),
        (_("专业或单位变更"), changed.changed),
        (_("新列入排除"), changed.newly_excluded),
        (_("不再排除"), changed.no_longer_excluded),
    )
    return [
        (label, _("%(n)s人：%(who)s", n=len(who), who="、".join(who)) if who else "—") for label, who in rows
    ]


def lock_page(found: RoundDraws, pool: PoolView, problem: PortalError | None) -> dict[str, Any]:
    """The first step's form, as typed where it was refused."""
    faults = {name: say(text) for name, text in problem.fields.items()} if problem else {}
    sentences = [say(problem.message)] if problem else []
    sentences += [text for name, text in faults.items() if name not in ("place", "present", "meeting")]
    sources = [(key, say(in_words(source))) for key, source in SOURCES.items()]
    return {
        "found": found,
        "pool": pool,
        "any": ANY,
        "typed": request.form,
        "posted": request.method == "POST",
        "faults": faults,
        "sentences": sentences,
        "sources": [*sources, ("published", _("公布的数（在下面写明）"))],
    }


def typed_plan(pool: PoolView) -> Plan:
    """What the form says. Raises `Invalid` where a number is none."""
    form = request.form
    seats = []
    for part in pool.specialties:
        quota, standby = (
            _count(form.get(f"quota-{part.key}", "")),
            _count(form.get(f"standby-{part.key}", "")),
        )
        if quota:
            seats.append((part.key, quota, standby))
    refusal: Literal["proceed", "void"] = "void" if form.get("on_refusal") == "void" else "proceed"
    return Plan(
        seats=seats,
        left_out={line.public_id: form.get(f"out-{line.public_id}", "") for line in pool.lines},
        leave_conflicts_out=bool(form.get("conflicts")),
        one_per_employer=bool(form.get("employer")),
        source=_source("source"),
        fallback=_source("fallback"),
        on_refusal=refusal,
        hash="sm3" if form.get("hash") == "sm3" else "sha256",
        place=form.get("place", ""),
        present=form.get("present", ""),
        meeting=form.get("meeting", ""),
        reason=form.get("reason", ""),
    )


def _count(text: str) -> int:
    bare = text.strip() or "0"
    if not (bare.isascii() and bare.isdigit() and len(bare) < 4):
        raise Invalid(mark("名额和候补须为整数，不抽取的填0或留空。"))
    return int(bare)


def _source(name: str) -> PublicSource:
    found = SOURCES.get(request.form.get(name, ""))
    return found if found is not None else Published(request.form.get(f"{name}_words", "").strip())


def refusal_page(found: RoundDraws) -> dict[str, object]:
    """The act page of a side that does not reveal."""
    view = found.current
    rule = view.standing.draw.frozen.rules.on_refusal if view else "proceed"
    follows = {
        "proceed": _("按锁定的规则，以公开数和另一方的数抽取，未公开的情况印在记录表上。"),
        "void": _("按锁定的规则，本次抽取作废，没有结果，须另行补抽。"),
    }[rule]
    return {
        "title": _("登记未公开"),
        "lead": found.name,
        "consequences": [
            follows,
            _(
                "己方尚未公开的，登记的是己方；己方已公开的，登记的是对方，且须在公开数记录满%(n)s分钟以后。",
                n=REFUSAL_MINUTES,
            ),
        ],
        "facts": [],
        "action": url_for("draw.refuse", round_=found.public_id),
        "act_text": _("登记未公开"),
        "grave": True,
        "back_href": url_for("draw.overview", round_=found.public_id),
    }


def cancel_page(found: RoundDraws) -> dict[str, object]:
    """The act page of taking a lock back."""
    return {
        "title": _("撤销锁定"),
        "lead": found.name,
        "consequences": [
            _("任何一方提交数以前可以撤销；撤销后重新锁定名单。"),
            _("已锁定的名单、撤销的时间和原因留存备查。"),
        ],
        "facts": [],
        "action": url_for("draw.cancel", round_=found.public_id),
        "act_text": _("撤销锁定"),
        "back_href": url_for("draw.overview", round_=found.public_id),
    }


def live_page(shown: LiveDraw, round_: str) -> dict[str, Any]:
    """The screen in the room."""
    view = shown.view
    phase = view.phase if view else ""
    words = {
        "": _("等待锁定名单"),
        "commit": _("请双方各提交一个数"),
        "value": _("请当场产生公开数"),
        "open": _("请双方公开各自的数"),
        "drawn": _("抽取结果"),
        "void": _("本次抽取作废"),
    }[phase]
    strata: dict[str, list[str]] = {}
    for seat in view.seats if view else ():
        strata.setdefault(seat.stratum, []).append(seat.number)
    for seat in view.standby if view else ():
        strata.setdefault(_("%(name)s候补", name=seat.stratum), []).append(seat.number)
    value = view.standing.draw.public_value if view else None
    return {
        "name": shown.name,
        "view": view,
        "headline": words,
        "at": steps(view),
        "source": say(in_words(view.standing.draw.frozen.rules.public_source)) if view else "",
        "value": value.value if value else "",
        "strata": list(strata.items()),
        "party_words": {party: say(text) for party, text in PARTY_NAMES.items()},
        "state_url": url_for("draw.state", round_=round_),
        "code": shown.code,
    }
