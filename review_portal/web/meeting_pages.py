"""What the meeting day's pages are given: the frame by office, words, links to where the data come from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import request, url_for
from flask_babel import gettext as _

from review_portal.domain.errors import PortalError
from review_portal.domain.meeting_steps import SECRETARIAT, SUPERVISOR, required
from review_portal.domain.messages import mark
from review_portal.services.meeting_views import Checklist, SeatLine, StepLine
from review_portal.web import secretariat_nav, supervisor_nav
from review_portal.web.forms import say
from review_portal.web.frame import set_desk

BY = {
    "secretariat": mark("秘书处勾选"),
    "supervisor": mark("监督人员勾选"),
    "both": mark("秘书处勾选，监督人员确认"),
}
SIDES = {"secretariat": mark("秘书处"), "supervisor": mark("监督人员")}
KINDS = {"tick": mark("勾选"), "back": mark("撤回"), "remark": mark("备注")}
EVENTS = {"in": mark("签到"), "out": mark("离场"), "undo": mark("撤销登记")}


def enter(found: Checklist) -> None:
    """The frame of whoever looks: secretariat, supervisor or chair."""
    here = (_("会议日清单"), url_for("meeting.checklist", round_=found.public_id))
    if found.side == SECRETARIAT:
        secretariat_nav.enter(found.call, here[0])
    elif found.side == SUPERVISOR:
        supervisor_nav.enter(found.call, here[0])
    else:
        home = (_("组长工作台"), f"{request.script_root}/chair/{found.public_id}/")
        set_desk(_("组长"), [home, here], current=here[0], call=found.call, label=_("组长"))


def checklist(found: Checklist, problem: PortalError | None = None) -> dict[str, Any]:
    """The table of steps with what the viewer may do in each."""
    return {
        "found": found,
        "problem": say(problem.message) if problem else "",
        "steps": [(line, _link(found, line)) for line in found.steps],
        "counts": [
            (_("秘书处已勾选"), *_count(found, SECRETARIAT)),
            (_("监督人员已确认"), *_count(found, SUPERVISOR)),
        ],
        "tick_word": _("确认：正常") if found.side == SUPERVISOR else _("勾选"),
        "others": [item for item in found.rounds if item.public_id != found.public_id],
    }


def _count(found: Checklist, side: str) -> tuple[int, int]:
    """Ticks that stand in a side's column, of those that the steps take."""
    wanted = [line for line in found.steps if required(line.step, side)]
    ticked = [line.supervisor if side == SUPERVISOR else line.secretariat for line in wanted]
    return sum(tick is not None for tick in ticked), len(wanted)


def _link(found: Checklist, line: StepLine) -> str:
    """Where the data of a step are seen and worked on; empty where the portal knows nothing of it."""
    check = line.step.check
    if check is None:
        return ""
    if found.side is None:
        return url_for("chair.home", round_=found.public_id)
    if check == "presence":
        return url_for("meeting.presence", round_=found.public_id)
    if found.side == SECRETARIAT:
        return url_for("experts.progress", call=found.call)
    page = "supervisor.panel" if check in ("pledges", "chair") else "supervisor.home"
    return url_for(page, call=found.call)


def step(found: Checklist, line: StepLine, problem: PortalError | None) -> dict[str, Any]:
    """One step with its history and the forms of the viewer's side."""
    own = line.supervisor if found.side == SUPERVISOR else line.secretariat
    return {
        "found": found,
        "line": line,
        "own": own if found.side else None,
        "by": say(BY[line.step.by]),
        "sides": {side: say(word) for side, word in SIDES.items()},
        "kinds": {kind: say(word) for kind, word in KINDS.items()},
        "link": _link(found, line),
        "problem": say(problem.message) if problem and not problem.fields else "",
        "faults": {name: say(text) for name, text in problem.fields.items()} if problem else {},
        "typed": request.form,
    }


def presence(
    found: Checklist, seats: Sequence[SeatLine], problem: PortalError | None, wrong: str
) -> dict[str, Any]:
    """The panel and all that was recorded of its coming and going, newest last."""
    events = sorted(((event, seat) for seat in seats for event in seat.events), key=lambda pair: pair[0].at)
    return {
        "found": found,
        "seats": seats,
        "runs": found.side == SECRETARIAT and found.state not in ("finished", "void"),
        "events": events,
        "words": {kind: say(word) for kind, word in EVENTS.items()},
        "problem": say(problem.message) if problem else "",
        "faults": {name: say(text) for name, text in problem.fields.items()} if problem else {},
        "wrong": wrong,
        "typed": request.form.get("checked_by", ""),
    }


def leaving(round_: str, seat: SeatLine, problem: PortalError | None) -> dict[str, Any]:
    """The act page of a member who leaves the room."""
    return _act(
        seat,
        problem,
        title=_("登记离场：%(name)s", name=seat.name),
        consequences=[
            _("登记后该专家不计入在场人数。"),
            _("现场评分的轮次，其材料和评分表随即关闭，已暂存的内容保留；返回后再次签到即可继续。"),
        ],
        hint=_("如：上午会议结束，午间休会。"),
        action=url_for("meeting.sign_out", member=seat.public_id),
        act_text=_("登记离场"),
        back_href=url_for("meeting.presence", round_=round_),
    )


def undoing(round_: str, seat: SeatLine, problem: PortalError | None) -> dict[str, Any]:
    """The act page that takes back the last event recorded of a member."""
    last = next((event for event in reversed(seat.events) if event.kind != "undo" and not event.void), None)
    what = say(EVENTS[last.kind]) if last else ""
    return _act(
        seat,
        problem,
        title=_("撤销%(what)s登记：%(name)s", what=what, name=seat.name),
        consequences=[
            _("只用于登错人、登错事项。撤销后恢复到登记以前。"),
            _("原登记和撤销的理由都保留在签到记录中。"),
        ],
        hint=_("如：登错了人。"),
        hidden=[("seen", str(len(seat.events)))],
        action=url_for("meeting.undo", member=seat.public_id),
        act_text=_("撤销登记"),
        grave=True,
        back_href=url_for("meeting.presence", round_=round_),
    )


def _act(seat: SeatLine, problem: PortalError | None, *, hint: str, **page: Any) -> dict[str, Any]:
    faults = problem.fields if problem else {}
    told = [] if problem is None or faults else [("", say(problem.message))]
    return {
        "lead": seat.employer,
        "problems": told,
        "facts": [],
        "reason": {
            "label": _("理由"),
            "hint": hint,
            "value": request.form.get("reason", ""),
            "err": say(faults["reason"]) if "reason" in faults else "",
        },
        **page,
    }
