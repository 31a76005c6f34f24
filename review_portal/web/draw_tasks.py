"""The draw's waiting steps as lines of a to-do list."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from flask import url_for
from flask_babel import lazy_gettext as _l

from review_portal.services import draw_tasks
from review_portal.services.draw_tasks import DrawTask
from review_portal.web.access import viewer

WORDS = {
    "number": (_l("专家抽取：提交本方的数"), _l("提交")),
    "value": (_l("专家抽取：当场产生并录入公开数"), _l("录入")),
    "reveal": (_l("专家抽取：公开您的数"), _l("公开")),
    "overdue": (_l("专家抽取：对方逾时未公开"), _l("登记")),
    "call": (_l("电话确认抽中的专家"), _l("拨打")),
    "panel": (_l("同意参加的专家列入专家组"), _l("办理")),
    "supplement": (_l("名额无人可递补，须补抽"), _l("补抽")),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One line: what, how many, where, the word on its button."""

    title: str
    round_name: str
    count: int
    href: str
    act: str


def lines(rounds: Iterable[str]) -> list[Line]:
    """What the draws of these rounds (public ids) ask of the viewer."""
    found = [task for round_ in rounds for task in draw_tasks.waiting(viewer(), round_=round_)]
    return [_line(task) for task in found]


def _line(task: DrawTask) -> Line:
    title, act = WORDS[task.kind]
    page = "draw_phone.phone" if task.kind in ("call", "panel") else "draw.overview"
    return Line(str(title), task.round_name, task.count, url_for(page, round_=task.round_), str(act))
