"""A returned workbook against what the portal holds now: dossier by dossier, field by field."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from review_portal.domain import canonical
from review_portal.domain.errors import Invalid
from review_portal.domain.messages import Message, mark
from review_portal.domain.offline_sheet import CUT, Content, FilledSheet
from review_portal.domain.typed_points import number, points_text
from review_portal.exports.plain_text import clean
from review_portal.exports.workbook_formats import cell_text
from review_portal.intake import score_workbook as typed
from review_portal.services.offline_guard import Guard
from review_portal.services.offline_rows import Desk, Sheet
from scoring_rubrics import CommentRule, Rubric

SAME: Final = "same"  # nothing to do
CHANGE: Final = "change"  # the file's is taken
CLASH: Final = "clash"  # both have changed since the download: the person chooses
KEPT: Final = "kept"  # changed in the portal only, which stays
CLOSED: Final = "closed"  # not taken, `why` says it
ABSENT: Final = "absent"  # not in the file


@dataclass(frozen=True, slots=True)
class Difference:
    """A field that differs; the opinion and the conclusion are of no item."""

    part: str
    item: str
    name: str
    now: str
    given: str

    @property
    def lost(self) -> bool:
        """Whether something that the portal holds would be emptied."""
        return bool(self.now) and not self.given


@dataclass(frozen=True, slots=True)
class Change:
    """One dossier. `content` is what would be stored; `missing` what a submission would still lack."""

    review: str
    number: str
    unit: str
    place: str
    kind: str
    why: Message
    rows: tuple[Difference, ...]
    content: Content
    version: int
    missing: tuple[Message, ...]
    unscored: tuple[str, ...]
    total: Decimal | None

    @property
    def whole(self) -> bool:
        """Whether the sheet could be submitted with what the file holds."""
        return not self.missing


@dataclass(frozen=True, slots=True)
class Preview:
    """The file against the portal. `sealed` carries the file's content to the confirmation, `digest` what
    was compared: a preview of something else is not applied."""

    digest: str
    sealed: str
    changes: tuple[Change, ...]

    def of_kind(self, *kinds: str) -> tuple[Change, ...]:
        """The changes of some kinds, in the file's order."""
        return tuple(change for change in self.changes if change.kind in kinds)

    @property
    def taken(self) -> tuple[Change, ...]:
        """What one confirmation would store, choices apart."""
        return self.of_kind(CHANGE, CLASH)


def plain(rubric: Rubric, content: Content) -> dict[str, Any]:
    """A draft in one way of writing, so that what was only formatted anew is no change."""
    points, comments = content.get("points") or {}, content.get("comments") or {}
    keys = [item.key for item in rubric.items]
    written = {key: _plain(comments.get(key, "")) for key in keys}
    given = {key: points_text(clean(str(points.get(key, "")))) for key in keys}
    return {
        "points": {key: text for key, text in given.items() if text},
        "comments": {key: text for key, text in written.items() if text},
        "opinion": _plain(content.get("opinion", "")),
        "conclusion": _plain(content.get("conclusion", "")),
    }


def _plain(text: object) -> str:
    return clean(str(text or "")).strip()


def digest(rubric: Rubric, content: Content) -> str:
    """Digest of a draft, whatever its way of writing."""
    return canonical.digest(plain(rubric, content))


def missing(rubric: Rubric, rules: CommentRule, content: Content) -> tuple[Message, ...]:
    """What a submission of this draft would still lack."""
    found = {item.key: number(str((content.get("points") or {}).get(item.key, ""))) for item in rubric.items}
    faults = rubric.check(
        {key: value for key, value in found.items() if value is not None},
        content.get("comments") or {},
        str(content.get("opinion") or ""),
        rules,
        str(content.get("conclusion") or "") or None,
    )
    return tuple(Message(fault.msgid, fault.params) for fault in faults)


def compared(desk: Desk, guard: Guard, filled: Sequence[FilledSheet]) -> tuple[Change, ...]:
    """Every dossier of the guard against what the portal holds.

    Raises `Invalid` where a text that the workbook holds only the beginning of was changed.
    """
    given = {sheet.review: sheet for sheet in filled}
    sheets = {sheet.review: sheet for sheet in desk.sheets}
    faults: dict[str, Message] = {}
    found = []
    for held in guard.sheets:
        sheet, file = sheets.get(held.review), given.get(held.review)
        if sheet is None:
            found.append(_closed(held.review, held.number, "", file, _GONE))
        elif file is None:
            found.append(_change(desk, sheet, "", ABSENT, sheet.content, ()))
        elif sheet.closed.msgid:
            found.append(_closed(sheet.review, sheet.number, sheet.unit, file, sheet.closed))
        else:
            content = _whole_texts(sheet, file, faults)
            kind = _kind(desk.rubric, sheet, content, held.digest)
            found.append(_change(desk, sheet, file.place, kind, content, file.unscored))
    if faults:
        raise Invalid(typed.refusal(len(faults)), faults)
    return tuple(found)


_GONE = mark("这份材料已不在您的评审任务中（回避、作废或重新分派），文件中的内容不予接收。")


def _closed(review: str, number_: str, unit: str, file: FilledSheet | None, why: Message) -> Change:
    kind = CLOSED if file else ABSENT
    return Change(review, number_, unit, file.place if file else "", kind, why, (), {}, 0, (), (), None)


def _kind(rubric: Rubric, sheet: Sheet, content: Content, base: str) -> str:
    now, given = digest(rubric, sheet.content), digest(rubric, content)
    if now == given:
        return SAME
    if now == base:
        return CHANGE
    return KEPT if given == base else CLASH


def _change(
    desk: Desk, sheet: Sheet, place: str, kind: str, content: Content, unscored: tuple[str, ...]
) -> Change:
    after = _merged(desk.rubric, sheet.content, content) if kind in (CHANGE, CLASH) else sheet.content
    points = [number(text) for text in (after.get("points") or {}).values()]
    given = [value for value in points if value is not None]
    return Change(
        sheet.review,
        sheet.number,
        sheet.unit,
        place,
        kind,
        Message(""),
        tuple(_differences(desk.rubric, sheet.content, content)) if kind in (CHANGE, CLASH) else (),
        after,
        sheet.version,
        missing(desk.rubric, desk.rules, after),
        tuple(desk.rubric.item(key).name for key in unscored),
        sum(given, Decimal(0)) if given else None,
    )


def _merged(rubric: Rubric, now: Content, given: Content) -> dict[str, Any]:
    """The file's texts; where they only differ in writing the portal's stay as they are."""
    result: dict[str, Any] = {}
    for part, same in (("points", points_text), ("comments", _plain)):
        texts = {}
        for item in rubric.items:
            old = str((now.get(part) or {}).get(item.key, ""))
            new = str((given.get(part) or {}).get(item.key, ""))
            texts[item.key] = old if same(old) == same(new) else new
        result[part] = {key: text for key, text in texts.items() if text}
    for part in ("opinion", "conclusion"):
        old, new = str(now.get(part) or ""), str(given.get(part) or "")
        result[part] = old if _plain(old) == _plain(new) else new
    return result


def _whole_texts(sheet: Sheet, file: FilledSheet, faults: dict[str, Message]) -> Content:
    """The file's content with the texts that a cell could not hold put back whole."""
    now = sheet.content.get("comments") or {}
    comments = {
        key: _whole(str(now.get(key, "")), text, file, ("comments", key), faults)
        for key, text in file.content["comments"].items()
    }
    opinion = _whole(
        str(sheet.content.get("opinion") or ""), file.content["opinion"], file, ("opinion", ""), faults
    )
    return {**file.content, "comments": comments, "opinion": opinion}


def _whole(now: str, text: str, file: FilledSheet, field: tuple[str, str], faults: dict[str, Message]) -> str:
    if not text.endswith(CUT):
        return text
    if cell_text(now).strip() == text:
        return now
    faults[f"{file.place} 表 {file.cells[field]}"] = mark(
        "这段文字过长，文件中只有开头，不能在此修改。请重新下载后恢复原样，改在评分表页面修改。"
    )
    return text


def _differences(rubric: Rubric, now: Content, given: Content) -> Iterator[Difference]:
    old, new = plain(rubric, now), plain(rubric, given)
    for item in rubric.items:
        for part in ("points", "comments"):
            before, after = old[part].get(item.key, ""), new[part].get(item.key, "")
            if before != after:
                yield Difference(part, item.key, item.name, before, after)
    for part in ("opinion", "conclusion"):
        if old[part] != new[part]:
            yield Difference(part, "", "", old[part], new[part])
