"""State tables and the one way through them. README shows the same tables; a test keeps them equal."""

from __future__ import annotations

from collections.abc import Mapping

from review_portal.domain.errors import Conflict
from review_portal.domain.messages import mark

Table = Mapping[str, Mapping[str, str]]

CALL: Table = {
    "draft": {"publish": "receiving"},
    "receiving": {"close_intake": "reviewing"},
    "reviewing": {"freeze": "ranked", "void": "void"},
    "ranked": {"decide": "decided", "void": "void"},
    "decided": {"announce": "publicity", "void": "void", "rerank": "ranked"},
    "publicity": {"settle": "listed", "rerank": "ranked"},
    "listed": {"contract": "delivering", "change": "publicity"},
    "delivering": {"close": "archived"},
    "archived": {},
    "void": {},
}

ROUND: Table = {
    "draft": {"open": "scoring", "void": "void"},
    "scoring": {"close": "sealed", "void": "void"},
    "sealed": {"unseal": "reconciling", "void": "void"},
    "reconciling": {"finish": "finished"},
    "finished": {},
    "void": {},
}

_WITHDRAWABLE = {"withdraw": "withdrawn"}
DOSSIER: Table = {
    "draft": {"file": "filed", **_WITHDRAWABLE},
    "filed": {"recommend": "recommended", "return": "returned", **_WITHDRAWABLE},
    "recommended": {"receive": "received", "return": "returned", **_WITHDRAWABLE},
    "received": {"accept": "eligible", "reject": "rejected", "return": "returned", **_WITHDRAWABLE},
    "returned": {"file": "filed", "refile": "received", "reject": "rejected", **_WITHDRAWABLE},
    "eligible": {**_WITHDRAWABLE},
    "rejected": {},
    "withdrawn": {},
}

REVIEW: Table = {
    "assigned": {"save": "draft", "recuse": "recused", "void": "void", "miss": "missed"},
    "draft": {"save": "draft", "submit": "submitted", "recuse": "recused", "void": "void", "miss": "missed"},
    "submitted": {"withdraw": "draft", "return": "returned", "revise": "submitted", "void": "void"},
    "returned": {"save": "draft", "recuse": "recused", "void": "void", "miss": "missed"},
    "recused": {},
    "missed": {"transcribe": "submitted"},
    "void": {},
}

# A case outside of the triggers starts as waiting, every other as open.
CASE: Table = {
    "waiting": {"release": "open", "refuse": "refused", "withdraw": "withdrawn"},
    "open": {"answer": "answered", "lapse": "lapsed"},
    "answered": {},
    "lapsed": {},
    "refused": {},
    "withdrawn": {},
}

TWO_PERSON = frozenset(
    {("round", "close"), ("round", "unseal"), ("round", "void")}
    | {("call", "decide"), ("call", "announce"), ("call", "void")}
    | {("call", "settle"), ("call", "change")}
    | {("dossier", "reject"), ("review", "return"), ("review", "void"), ("case", "release")}
)


def advance(table: Table, state: str, action: str) -> str:
    """The state after `action`; `Conflict` where the table has no such way."""
    try:
        return table[state][action]
    except KeyError:
        raise Conflict(mark("当前环节不能办理此事项，页面可能已过时，请刷新后再看。")) from None


def may(table: Table, state: str, action: str) -> bool:
    """Whether `action` is open in `state`."""
    return action in table.get(state, {})
