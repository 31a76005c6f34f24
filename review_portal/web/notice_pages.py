"""What the editor of the publicity notice is given: facts, sentences with their changes, what waits."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from flask import url_for
from flask_babel import gettext as _

from review_portal.domain.messages import Message
from review_portal.services.publicity_facts import FIELDS, ORDERS
from review_portal.services.publicity_views import SENTENCES, Edit, NoticeView, Sentence
from review_portal.web.forms import say

_BLANK = re.compile("(【待填：[^】]*】)")
_LONG = frozenset({"call_title", "steps", "contact_address", "order_reason"})
_OPTIONAL = frozenset({"basis", "quota_text", "contact_email", "order_note", "order_reason"})


def parts(text: str) -> list[tuple[str, bool]]:
    """A text in pieces, each with whether it is a fact still to be filled."""
    return [(piece, bool(_BLANK.fullmatch(piece))) for piece in _BLANK.split(text) if piece]


def notice_page(
    view: NoticeView,
    edits: Sequence[Edit],
    typed: Mapping[str, str] | None = None,
    faults: Mapping[str, Message] | None = None,
) -> dict[str, Any]:
    """The editor; after a refusal with what was typed and a sentence at each field."""
    given = {**view.facts, **(typed or {})}
    wrong = {name: say(message) for name, message in (faults or {}).items()}
    stands = view.editable and view.state in ("decided", "publicity")
    ready = stands and not view.missing and view.waiting is None and not view.outdated
    return {
        "view": view,
        "call": view.call,
        "version": view.version,
        "parts": parts,
        "editable": view.editable,
        "fields": [
            _field(name, say(label), given[name], wrong.get(name, "")) for name, label in FIELDS.items()
        ],
        "sentences": [(sentence, _typed(sentence, given, wrong)) for sentence in view.sentences],
        "edits": edits,
        "faults": [(f"#{name}", text) for name, text in wrong.items()],
        "anchors": anchors(),
        "release_href": url_for("notice.release", call=view.call) if ready else "",
        "waiting_href": url_for("approvals.decide", approval=view.waiting) if view.waiting else "",
        "public_href": url_for("public.notice", call=view.call) if view.state == "publicity" else "",
        "correct_href": _correct_href(view),
    }


def _typed(
    sentence: Sentence, given: Mapping[str, str], wrong: Mapping[str, str]
) -> dict[str, tuple[str, str]]:
    """Text, reason and excuse as they stand in the form, each with what is wrong with it."""
    stands = {"text": sentence.now, "reason": sentence.reason, "excuse": sentence.excuse}
    names = {kind: f"{kind}-{sentence.part}" for kind in stands}
    return {kind: (given.get(names[kind], stands[kind]), wrong.get(names[kind], "")) for kind in stands}


def left_out(sentences: Iterable[tuple[str, str, str]]) -> list[tuple[str, str]]:
    """Of each sentence (label, what it leaves out, why) that leaves something out, a line to be read."""
    return [
        (label, _("没有写明：%(what)s。不补回的理由：%(why)s", what=what, why=why))
        for label, what, why in sentences
        if what
    ]


def _correct_href(view: NoticeView) -> str:
    open_to = view.state == "publicity" and not view.editable
    return url_for("notice.correct", call=view.call) if open_to else ""


def anchors() -> dict[str, str]:
    """Label of a missing fact -> the field that fills it."""
    return {str(label): name for name, label in FIELDS.items()} | {"公示起止日期": "published_on"}


def _field(name: str, label: str, value: str, err: str) -> dict[str, Any]:
    hints = {
        "published_on": _("公示在官网刊登的日期，由此起算公示期"),
        "working_days": _("按工作日计算，节假日和调休按国务院通知"),
        "steps": _("各程序以顿号分开"),
    }
    if name == "list_order":
        return {
            "name": name,
            "label": label,
            "value": value,
            "kind": "select",
            "choices": [(key, say(words)) for key, words in ORDERS.items()],
            "hint": _("与批次规则不同的，须写明理由"),
            "err": err,
            "optional": False,
        }
    kind = "date" if name == "published_on" else "textarea" if name in _LONG else "text"
    return {
        "name": name,
        "label": label,
        "value": value,
        "kind": kind,
        "hint": hints.get(name, ""),
        "err": err,
        "optional": name in _OPTIONAL,
    }


def conflict_page(call: str, mine: Mapping[str, str], stored: Mapping[str, Any]) -> dict[str, Any]:
    """Both texts where they differ; keeping the own one sends it again on top of theirs."""
    theirs = {**stored["facts"], **{f"text-{part}": words[0] for part, words in stored["texts"].items()}}
    labels = {**{name: say(label) for name, label in FIELDS.items()}}
    labels |= {f"text-{part}": label for part, label in SENTENCES.items()}
    return {
        "what": _("公示稿"),
        "fields": [
            (label, mine[name] or "—", theirs.get(name) or "—")
            for name, label in labels.items()
            if name in mine and mine[name] != theirs.get(name, "")
        ],
        "mine_when": "",
        "theirs_when": "",
        "theirs_who": "",
        "keep": {
            "action": url_for("notice.page", call=call),
            "version": stored["version"],
            "hidden": list(mine.items()),
        },
        "back_href": url_for("notice.page", call=call),
    }
