"""Words and shapes of the secretariat's pages: states, suggestions, results, acts. No rule here."""

from __future__ import annotations

from datetime import date

from flask_babel import gettext
from flask_babel import gettext as _

from review_portal.domain.messages import Message, mark
from review_portal.web.filters import office_date

Word = tuple[str, Message]  # shape and word of a state

DOSSIER_STATES: dict[str, Word] = {
    "draft": ("none", mark("草稿")),
    "filed": ("part", mark("已报区县")),
    "recommended": ("part", mark("区县已推荐")),
    "received": ("part", mark("形式审查中")),
    "returned": ("warn", mark("已退回（待补正）")),
    "eligible": ("done", mark("形式审查通过")),
    "rejected": ("bad", mark("不予受理")),
    "withdrawn": ("out", mark("已撤回")),
}
LISTED_STATES = ("received", "returned", "eligible", "rejected", "withdrawn")

CALL_STATES: dict[str, Word] = {
    "draft": ("none", mark("草稿")),
    "receiving": ("part", mark("受理中")),
    "reviewing": ("part", mark("评审中")),
    "ranked": ("part", mark("已排名")),
    "decided": ("part", mark("已审定")),
    "publicity": ("part", mark("公示中")),
    "listed": ("done", mark("名单已确定")),
    "delivering": ("done", mark("实施中")),
    "archived": ("out", mark("已归档")),
    "void": ("out", mark("已终止")),
}

SUGGESTIONS: dict[str, Word] = {
    "eligible": ("done", mark("建议受理")),
    "eligible_after_manual_confirmation": ("part", mark("人工确认后可受理")),
    "needs_correction": ("warn", mark("建议退回补正")),
    "ineligible": ("bad", mark("有不符合项，须决定")),
}

RESULTS: dict[str, Word] = {
    "pass": ("done", mark("符合")),
    "fail": ("bad", mark("不符合")),
    "warn": ("warn", mark("提示")),
    "manual": ("part", mark("待确认")),
    "not_evaluated": ("none", mark("未核对")),
}

SEVERITIES = {
    "reject": mark("不符合时拟不予受理"),
    "correctable": mark("不符合时可补正"),
    "warn_only": mark("仅作提示"),
}

CHANGES: dict[str, Word] = {
    "fixed": ("bad", mark("截止后不得变更")),
    "filled": ("done", mark("补填空缺")),
    "open": ("part", mark("其他改动")),
    "undecided": ("warn", mark("待决定")),
}

ACTS = {
    "accept": mark("受理"),
    "return": mark("退回补正"),
    "supplement": mark("收到补正件"),
    "accept_changes": mark("同意改动"),
    "reject": mark("不予受理"),
    "withdraw": mark("撤回申报"),
}


def word(pair: Word) -> tuple[str, str]:
    """A shape and its word in the reader's language."""
    return pair[0], gettext(pair[1].msgid)


def named(words: dict[str, Message], key: str) -> str:
    """The word for a key; a key without one is shown as it is."""
    return gettext(words[key].msgid) if key in words else key


def delivery(day: date | None) -> str:
    """Whether a rejection has been delivered, from which day on it is in force."""
    return _("%(day)s送达", day=office_date(day)) if day else _("未送达，尚未生效")
