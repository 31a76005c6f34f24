"""What the pages of the panel's opinions and of the open vote are given."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from flask import request, url_for
from flask_babel import gettext as _

from review_portal.domain.messages import Message, mark
from review_portal.services.defense_room import RoundPlace
from review_portal.services.opinion_reading import OpinionRow, OpinionText, OpinionView, Version
from review_portal.services.opinion_rows import CONCLUSION_WORDS, Standing
from review_portal.services.tie_reading import Ballot, TieView, Unit
from review_portal.web.filters import office_time
from review_portal.web.forms import say
from scoring_rubrics import TieRules

_STATES: Final[dict[str, tuple[str, Message]]] = {
    "undrafted": ("none", mark("未起草")),
    "waiting": ("part", mark("待确认")),
    "agreed": ("done", mark("已确认")),
    "dissented": ("warn", mark("已确认（有异议）")),
    "rejected": ("bad", mark("未过半数，须修改")),
}
PARTS: Final[dict[str, Message]] = {
    "strengths": mark("主要优点"),
    "problems": mark("存在问题"),
    "advice": mark("建议"),
    "conclusion": mark("专家组结论"),
    "conditions": mark("条件"),
}


def state_of(standing: Standing) -> tuple[str, str]:
    """Shape and word of where an opinion stands."""
    kind, word = _STATES[standing.state]
    return kind, say(word)


def list_page(place: RoundPlace, rows: Sequence[OpinionRow]) -> dict[str, Any]:
    """All dossiers of the round; the chair's next one."""
    listed = [
        {
            "row": row,
            "state": state_of(row.standing),
            "word": say(CONCLUSION_WORDS[row.conclusion]) if row.conclusion else "—",
            "href": url_for("panel.opinion", round_=place.public_id, dossier=row.dossier),
        }
        for row in rows
    ]
    todo = [row for row in rows if row.standing.state in ("undrafted", "rejected")]
    done = sum(row.standing.state in ("agreed", "dissented") for row in rows)
    draft = url_for("chair_opinions.draft", round_=place.public_id, dossier=todo[0].dossier) if todo else ""
    return {
        "place": place,
        "rows": listed,
        "done": done,
        "next_href": draft if place.chairs else "",
        "next_number": todo[0].number if todo else "",
        "drafted": any(row.ordinal for row in rows),
    }


def opinion_page(place: RoundPlace, view: OpinionView) -> dict[str, Any]:
    """One dossier's opinion, newest version first."""
    return {
        "place": place,
        "view": view,
        "versions": [version_page(version, view) for version in view.versions],
        "may_draft": place.chairs and view.open,
    }


def version_page(version: Version, view: OpinionView) -> dict[str, Any]:
    """A version in rows of label and text, with who answered what."""
    text = version.text
    rows = [
        (say(label), view.words.get(text.conclusion) if name == "conclusion" else getattr(text, name) or None)
        for name, label in PARTS.items()
        if name != "conditions" or text.conditions
    ]
    if version.reason:
        was = view.words.get(version.recorded or "", "—")
        rows.append((_("与答辩结论不同"), _("答辩记录为%(was)s。%(why)s", was=was, why=version.reason)))
    if version.absent:
        rows.append((_("未能答复"), f"{'、'.join(version.absent)}　{version.absent_reason}"))
    drafted = f"{version.drafted_by}　{office_time(version.drafted_at)}"
    rows.append((_("起草"), drafted))
    return {
        "row": version,
        "facts": rows,
        "state": state_of(version.standing),
        "answers": [
            {
                "name": item.name,
                "kind": "done" if item.answer == "confirm" else "warn",
                "word": _("同意") if item.answer == "confirm" else _("有异议"),
                "reason": item.reason or "—",
                "at": office_time(item.at),
            }
            for item in version.answers
        ],
        "waiting": "、".join(person.name for person in version.standing.waiting),
    }


def typed_text() -> OpinionText:
    """The opinion as the form holds it."""
    return OpinionText(**{name: request.form.get(name, "") for name in PARTS})


def draft_values(view: OpinionView) -> dict[str, Any]:
    """What the form shows: as typed after a refusal, else the newest version, else the defense's."""
    latest = view.latest
    if request.method == "POST":
        text, reason = typed_text(), request.form.get("reason", "")
    elif latest is not None:
        text, reason = latest.text, latest.reason
    else:
        text = OpinionText(conclusion=view.recorded or "", conditions=view.recorded_conditions)
        reason = ""
    typed = request.form.get("version", "")
    seen = int(typed) if typed.isdecimal() and len(typed) < 9 else (latest.ordinal if latest else 0)
    return {"text": text, "reason": reason, "version": seen}


def both(view: OpinionView, theirs: OpinionText) -> list[tuple[str, str, str]]:
    """Label, own text, stored text of what differs between two versions."""
    mine = typed_text()

    def words(text: OpinionText, name: str) -> str:
        found: str = getattr(text, name)
        return (view.words.get(found, "") if name == "conclusion" else found) or "—"

    pairs = [(say(label), words(mine, name), words(theirs, name)) for name, label in PARTS.items()]
    return [pair for pair in pairs if pair[1] != pair[2]]


def named(units: Sequence[Unit]) -> str:
    """Units as one line."""
    return "、".join(f"{unit.number} {unit.name}" for unit in units)


def rules_said(rules: TieRules, units: int, places: int, voters: int) -> list[str]:
    """How the vote goes, as numbered sentences that anybody can follow."""
    needed = rules.needed(voters)
    base = _("有效票（弃权不计）的半数") if rules.majority == "votes" else _("有表决权人数的半数")
    return [
        _(
            "%(units)s家并列，余%(places)s个名额。记名表决，每位专家最多选%(places)s家，也可以弃权。",
            units=units,
            places=places,
        ),
        _(
            "对其中任何一家有回避情形的专家不参加。有表决权%(voters)s人，不少于%(needed)s人（%(share)s）参加方为有效。",
            voters=voters,
            needed=needed,
            share=rules.quorum_text,
        ),
        _("得票超过%(base)s的单位列入名单；超过名额的取得票多的，得票相同处不取。", base=base),
        _(
            "名额未定完的，就其余单位再表决一次，最多表决%(n)s次；仍分不出的，提请审定，由会议决定。",
            n=rules.ballots,
        ),
        _("结束表决前可以改选；结束后公布每人的选择，不能再改。组长不能单独决定，结果由票数确定。"),
    ]


def tie_page(view: TieView) -> dict[str, Any]:
    """The tie, the vote that goes on, the closed ballots."""
    words = {
        "none": _("没有需要表决的并列"),
        "open": _("正在表决") if view.running else _("尚未表决"),
        "voted": _("已表决"),
        "referred": _("已提请审定"),
    }
    kinds = {"none": "none", "open": "part" if view.running else "warn", "voted": "done", "referred": "hold"}
    return {
        "view": view,
        "running": view.running,
        "state": (kinds[view.state], words[view.state]),
        "units": [(unit.number, unit.name, _place_of(view, unit)) for unit in view.units],
        "rules": rules_said(view.rules, len(view.units), view.places, len(view.voters)),
        "ballots": [ballot_page(item) for item in view.ballots],
        "left": named(view.left),
    }


def _place_of(view: TieView, unit: Unit) -> tuple[str, str]:
    if unit in view.chosen:
        return "done", _("表决列入")
    if view.state == "voted":
        return "none", _("未列入")
    return ("hold", _("提请审定")) if view.state == "referred" else ("warn", _("并列待定"))


def ballot_page(item: Ballot) -> dict[str, Any]:
    """A closed ballot with its counts and everybody's choice."""
    return {
        "row": item,
        "title": _("第%(n)s次表决", n=item.ballot),
        "state": ("done", _("有效")) if item.kind == "counted" else ("out", _("作废")),
        "votes": [(f"{unit.number} {unit.name}", number, unit in item.chosen) for unit, number in item.votes],
        "choices": [(name, named(units) if units else _("弃权")) for name, units in item.choices],
        "absent": "、".join(item.absent),
        "closed": f"{item.closed_by}　{office_time(item.closed_at)}",
    }
