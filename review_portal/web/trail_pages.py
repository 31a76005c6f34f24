"""A line of the trail as a page says it: labels, times and codes in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final

from flask_babel import gettext as _

from review_portal.domain import objection_rules
from review_portal.domain.archive_words import PROFILE_WORDS
from review_portal.domain.decision_rules import ANSWERS, OUTCOMES
from review_portal.domain.defense_clock import ACTS
from review_portal.domain.letter_words import DELIVERY_WORDS
from review_portal.domain.messages import Message, mark
from review_portal.domain.signature_words import GATE_WORDS, STEP_WORDS
from review_portal.domain.trail_facts import FACTS
from review_portal.domain.trail_words import action_word, object_word
from review_portal.services.account_views import ROLE_LABELS
from review_portal.services.final_list_facts import CHANGE_FIELDS, LIST_FIELDS
from review_portal.services.flags import TRIGGER_NAMES
from review_portal.services.publicity_facts import FIELDS
from review_portal.services.ranking_words import RESULTS
from review_portal.services.result_letter_facts import WAYS
from review_portal.services.trail_lines import Confirmed, Line
from review_portal.services.vacancies import CAUSES
from review_portal.services.version_words import KINDS
from review_portal.services.void_views import BREACHES
from review_portal.web.confirmation_words import STATES
from review_portal.web.filters import office_date, office_time
from review_portal.web.forms import say

_WORDS: Final[Mapping[str, Mapping[str, Message]]] = {
    "answer": {
        "clear": mark("无利害关系"),
        "recuse": mark("申请回避"),
        "keep": mark("维持原评分"),
        "revise": mark("修改评分"),
        **{key: word for key, (_kind, word) in STATES.items()},
    },
    "result": {**RESULTS, "pass": mark("符合"), "fail": mark("不符合")},
    "decided": OUTCOMES,
    "sheet_outcome": {
        "void": mark("作废"),
        "keep": mark("保留"),
        "recused": mark("已回避"),
    },
    "relation": {"control": mark("持股、控制"), "cooperation": mark("合作")},
    "trigger": TRIGGER_NAMES,
    "breach": BREACHES,
    "reexam_kind": KINDS,
    "signing": STEP_WORDS,
    "gate": GATE_WORDS,
    "delivery_way": DELIVERY_WORDS,
    "profile": PROFILE_WORDS,
    "route": objection_rules.ROUTES,
    "settled_as": objection_rules.OUTCOMES,
    "handling": objection_rules.ACTS,
    "later": ANSWERS,
    "method": {"system": mark("现场报数抽签"), "paper": mark("现场抽签")},
    "step": ACTS,
    "fields": {**CHANGE_FIELDS, **LIST_FIELDS, **FIELDS},
    "list_cause": {**CAUSES, "filled": mark("递补"), "later": mark("另行审定同意")},
    "way": WAYS,
}


def line(entry: Line) -> dict[str, Any]:
    """What the table's row shows; `facts` are (label, words)."""
    return {
        "sequence": entry.sequence,
        "at": entry.at,
        "actor": _("被询问的专家（本轮结束后显示）") if entry.actor is None else entry.actor,
        "login": entry.login,
        "act": say(action_word(entry.action)),
        "kind": say(object_word(entry.kind)),
        "object": entry.object,
        "facts": [(say(FACTS[key][0]), _fact(entry, key, value)) for key, value in entry.facts.items()],
        "digest": entry.digest,
    }


def plain(words: Mapping[str, Any]) -> str:
    """The facts of a row as one text, for a spreadsheet's cell."""
    return "；".join(f"{label}：{text}" for label, text in words["facts"])


def _fact(entry: Line, key: str, value: Any) -> str:
    form = FACTS[key][1]
    text = _form(key, form, value)
    left = entry.more.get(key)
    return _("%(text)s等，另有%(n)s项见核验文件", text=text, n=left) if left else text


def _form(key: str, form: str, value: Any) -> str:
    if form in ("names", "list"):
        return "、".join(value)
    if form == "time":
        return office_time(datetime.fromisoformat(value))
    if form == "day":
        return office_date(date.fromisoformat(value))
    if form == "code":
        return str(value)[:8]
    if form == "flag":
        return _("是")
    if form == "places":
        return "、".join(change["place"] for change in value)
    if form == "findings":
        return "；".join(_confirmed(item) for item in value)
    if form == "word":
        return "、".join(_word(key, item) for item in (value if isinstance(value, list) else [value]))
    return str(value)


def _confirmed(item: Confirmed) -> str:
    result = _word("result", item.result)
    return _("%(rule)s %(result)s（%(basis)s）", rule=item.rule, result=result, basis=item.basis)


def _word(key: str, code: str) -> str:
    if key == "role":
        return _(ROLE_LABELS[code]) if code in ROLE_LABELS else code
    word = _WORDS[key].get(code)
    return code if word is None else say(word)
