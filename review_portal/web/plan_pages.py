"""What the page of an assignment's plan is given: the wish as typed, and a plan in words."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from review_portal.domain.errors import Invalid, PortalError
from review_portal.domain.messages import Message, mark
from review_portal.services.assignment_changes import Preview
from review_portal.services.assignment_plans import Start
from review_portal.services.assignment_solving import Wish
from review_portal.web.forms import say

if TYPE_CHECKING:
    from review_portal.services.assignment_grid import AssignmentGrid

NO_FILE = mark("请先选择分派表文件（.csv 或 .xlsx）。")
_BETWEEN = re.compile(r"\s*[、,，;；]\s*")
_LARGEST = 9999


def wish(args: MultiDict[str, str], start: Start) -> Wish:
    """The wish as typed. Raises `Invalid` with every fault at its field."""
    if args.get("mode") != "some":
        return Wish(everybody=True)
    faults: dict[str, Message] = {}
    numbers = {
        name: _number(args, name, faults) for name in ("per_dossier", "least", "most", *_mix_fields(start))
    }
    apart = _apart(args.get("apart", ""), start, faults)
    if numbers["per_dossier"] == 0:
        faults.setdefault("per_dossier", mark("请填写每份材料的评审专家数。"))
    if numbers["most"] and numbers["most"] < numbers["least"]:
        faults.setdefault("most", mark("上限不能小于下限。"))
    if faults:
        raise Invalid(mark("请更正标出的内容。"), faults)
    return Wish(
        False,
        numbers["per_dossier"],
        numbers["least"],
        numbers["most"],
        no_single="no_single" in args,
        one_per_employer="one_per_employer" in args,
        worst_first="worst_first" in args,
        connected="connected" in args,
        mix=tuple((name, numbers[f"mix-{name}"]) for name in start.specialties if numbers[f"mix-{name}"]),
        apart=apart,
    )


def _mix_fields(start: Start) -> list[str]:
    return [f"mix-{name}" for name in start.specialties]


def _number(args: MultiDict[str, str], name: str, faults: dict[str, Message]) -> int:
    """A whole number; empty is 0."""
    text = args.get(name, "").strip()
    if not text:
        return 0
    if not (text.isascii() and text.isdigit()) or int(text) > _LARGEST:
        faults[name] = mark("请填写整数。")
        return 0
    return int(text)


def _apart(text: str, start: Start, faults: dict[str, Message]) -> tuple[tuple[str, str], ...]:
    """Two names a line."""
    known = {label: public_id for public_id, label in start.experts}
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        names = _BETWEEN.split(line.strip())
        unknown = [name for name in names if name not in known]
        if unknown or len(set(names)) != 2 or len(names) != 2:
            faults["apart"] = mark(
                "第%(line)s行须写本轮专家组的两个姓名，用顿号隔开，如“%(example)s”。",
                line=number,
                example="、".join(label for _id, label in start.experts[:2]),
            )
            return ()
        found.append((known[names[0]], known[names[1]]))
    return tuple(found)


def typed(args: MultiDict[str, str], start: Start) -> dict[str, Any]:
    """The form's fields: as sent, or as the usual wish has them."""
    if args:
        return {"mode": "all", **args.to_dict()}
    usual = start.wish
    boxes = ("no_single", "one_per_employer", "worst_first", "connected")
    return {
        "mode": "all" if usual.everybody else "some",
        "per_dossier": usual.per_dossier,
        **{name: "y" for name in boxes if getattr(usual, name)},
    }


def refused(problem: PortalError | None, fields: Mapping[str, Any]) -> dict[str, Any]:
    """A refusal: its sentence, what stands at fields of the form, and all other lines with their places."""
    if problem is None:
        return {"problem": "", "faults": {}, "lines": []}
    faults = {name: say(text) for name, text in problem.fields.items() if name in fields}
    lines = [
        ("" if name.isdigit() else name, say(text))
        for name, text in problem.fields.items()
        if name not in fields
    ]
    return {"problem": say(problem.message), "faults": faults, "lines": lines}


def fields(start: Start) -> dict[str, None]:
    """Names of the form's fields."""
    return dict.fromkeys(("per_dossier", "least", "most", "apart", *_mix_fields(start)))


def notes(shown: Preview) -> list[str]:
    """What to look at before the plan is put into force."""
    found = []
    if shown.bare:
        found.append(_("%(numbers)s没有专家评审。", numbers="、".join(shown.bare)))
    if shown.even:
        found.append(_("%(numbers)s的评审专家不是单数。", numbers="、".join(shown.even)))
    if shown.idle:
        found.append(_("%(names)s没有分派到材料。", names="、".join(shown.idle)))
    if shown.over:
        people = "；".join(
            _("%(name)s%(n)s份（上限%(limit)s份）", name=item.label, n=item.after, limit=item.limit)
            for item in shown.over
        )
        found.append(_("方案份数超过专家库登记的评审份数上限：%(people)s。", people=people))
    if shown.undecided:
        found.append(_("有%(n)s对利害关系尚待核实，未列入方案。", n=shown.undecided))
    return found


def proof(shown: Preview) -> str:
    """What is proven of the plan; empty where nothing was to be optimised."""
    plan = shown.solved
    if plan.proven is None:
        return ""
    if plan.proven:
        return _("已证明：在所列条件下没有更好的分派。")
    if not plan.worst_proven:
        return _(
            "限定时间内未能证明最优：匹配最差的材料或许还能改善，总匹配度至多还能提高%(gap)s。",
            gap=_figure(plan.gap),
        )
    return _("限定时间内未能证明最优：总匹配度至多还能提高%(gap)s。", gap=_figure(plan.gap))


def _figure(value: float | None, places: int = 2) -> str:
    return "—" if value is None else f"{value:.{places}f}"


def links(report: Any) -> dict[str, Any]:
    """How an assignment hangs together: sentences for the office, figures for a statistician."""
    if report is None:
        return {"sentences": [_("尚未分派。")], "figures": [], "connected": False}
    return {
        "sentences": _sentences(report),
        "figures": _figures(report),
        "connected": len(report.parts) == 1,
    }


def _sentences(report: Any) -> list[str]:
    found = []
    if len(report.parts) > 1:
        groups = "；".join("、".join(part) for part in report.parts)
        found.append(
            _(
                "材料分成%(n)s组，组与组之间没有共同的专家，专家宽严与材料优劣无法分开：%(groups)s。",
                n=len(report.parts),
                groups=groups,
            )
        )
        found.append(_("至少再增加%(n)s份跨组评审方可连通。", n=len(report.parts) - 1))
    else:
        found.append(_("全部材料通过共同的专家相互连通，专家宽严可以与材料优劣分开。"))
    if report.efficiency is not None and len(report.parts) == 1:
        found.append(_precision(report.efficiency))
    if report.hubs:
        found.append(_("去掉%(names)s中任何一人，部分材料即不再连通。", names="、".join(report.hubs)))
    if report.singles:
        found.append(_("%(names)s只评一份材料，其宽严无从判断。", names="、".join(report.singles)))
    if report.thin:
        found.append(_("%(numbers)s只有一位专家评审。", numbers="、".join(report.thin)))
    return found


def _precision(efficiency: float) -> str:
    if efficiency > 0.9995:  # complete but for rounding
        return _("专家宽严不影响材料之间的比较。")
    more = 100 * (efficiency**-0.5 - 1)
    return _(
        "扣除宽严以后，两份材料相比的误差平均比全体专家评审同样材料时大%(percent)s%%。", percent=f"{more:.1f}"
    )


def _figures(report: Any) -> Sequence[tuple[str, str]]:
    rows = [
        (_("评审份数"), str(report.reviews)),
        (_("连通部分"), str(len(report.parts))),
        (
            _("A-效率"),
            _(
                "%(value)s（同规模约可达%(bound)s）",
                value=_figure(report.efficiency, 3),
                bound=_figure(report.bound, 3),
            ),
        ),
        (_("两份材料之差的平均标准误"), _("%(value)s倍残差标准差", value=_figure(report.difference, 3))),
    ]
    if report.weak is not None:
        small, large, reviews, error = report.weak
        rows.append(
            (
                _("最弱的连接"),
                _(
                    "%(small)s份与%(large)s份材料之间有%(reviews)s份跨组评审，两组平均之差的标准误为%(error)s倍残差标准差",
                    small=small,
                    large=large,
                    reviews=reviews,
                    error=_figure(error, 3),
                ),
            )
        )
    return rows


def connected_fact(grid: AssignmentGrid) -> str:
    """One line for the page on which a round is opened."""
    return links(grid.links)["sentences"][0]
