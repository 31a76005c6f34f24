"""Recompute a record from what the parties did, and say where it differs.

The stand-alone script does the same without this code; a record is good when both find nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import Final

from review_portal.domain import canonical
from review_portal.domain.draw.pool import frozen_faults, lock
from review_portal.domain.draw.record import (
    Record,
    assembled,
    parsed,
    read_record,
    record_bytes,
    replace_member,
)
from review_portal.domain.draw.steps import Draw, draw_faults
from review_portal.domain.draw.supplement import previous_of, supplement_of
from review_portal.domain.errors import Invalid, PortalError
from review_portal.domain.frozen_json import encoded
from review_portal.domain.messages import Message, mark

_LABELS: Final = {
    "frozen.event": mark("抽取事项"),
    "frozen.pool": mark("名单"),
    "frozen.rules": mark("抽取规则"),
    "frozen.exclusions": mark("排除名单"),
    "frozen.codes.pool": mark("名单校验码"),
    "frozen.codes.rules": mark("规则校验码"),
    "frozen.codes.exclusions": mark("排除名单校验码"),
    "frozen.codes.frozen": mark("锁定校验码"),
    "commitments": mark("密数校验码"),
    "public_value": mark("公开数"),
    "openings": mark("密数"),
    "outcome.seed": mark("抽取参数"),
    "outcome.strata": mark("抽取结果"),
    "code": mark("抽取校验码"),
    "replacements": mark("递补记录"),
}
_SHOWN = 60
_NOTHING = object()


def verify_record(data: bytes, *, previous: Sequence[bytes] = (), code: str | None = None) -> list[Message]:
    """Everything in which a record differs from what its own inputs give; an empty list: equal byte for byte.

    previous: the record that this one follows, and for a third draw of a round the earlier ones as well;
    without them the difference is taken as written.
    code: the check code on the signed sheet, in any grouping; it must be the record's draw code or last code.
    Invalid: `data` or `previous` is no record at all, or this machine lacks the record's hash.

    Times and reasons are facts that people recorded, and a whole record can be made anew with other nonces:
    what binds these is the code that stands signed on paper. Compare it.
    """
    parsed(data)
    try:
        record = read_record(data)
    except Invalid as fault:
        return [fault.message]
    return list(_problems(record, data, previous, code))


def _problems(record: Record, data: bytes, previous: Sequence[bytes], code: str | None) -> Iterator[Message]:
    frozen = record.frozen
    locked = lock(frozen.event, frozen.pool, frozen.rules, frozen.exclusions)
    draw = Draw(locked, record.commitments, record.public_value, record.openings)
    yield from frozen_faults(locked)
    yield from draw_faults(draw)
    if not draw.complete:
        yield mark("记录不完整：双方的密数校验码和密数须各有一个。")
        return
    expected = assembled(draw, record.public_value)
    for entry in record.replacements:
        try:
            expected = replace_member(expected, entry.leaver, entry.leaving, entry.reason, entry.at)
        except PortalError as problem:
            yield mark("第%(number)s次递补：%(problem)s", number=entry.number, problem=problem.message)
            break
    differing = list(_differences(encoded(expected), encoded(record), ""))
    yield from differing
    if not differing and record_bytes(record) != data:
        yield mark("文件内容相同，但字节与规范写法不同（空格、顺序、重复项或字符编码被改动过）。")
    if previous:
        yield from _links(record, previous)
    if code is not None and "".join(code.split()).lower() not in (record.code, record.last_code):
        yield mark("记录的校验码与所给的校验码不同，请核对签字的抽取记录表。")


def _links(record: Record, previous: Sequence[bytes]) -> Iterator[Message]:
    """Whether what the event says about the earlier draws is what their records say."""
    if any(verify_record(data) for data in previous):
        yield mark("所给的前次记录本身不能通过核验，请先核验前次记录。")
        return
    event = record.frozen.event
    if event.previous is None:
        yield mark("该记录没有写明承接前次抽取，不能与前次记录核对。")
        return
    *before, last = sorted(map(read_record, previous), key=lambda one: one.frozen.event.frozen_at)
    if event.previous != previous_of(last, record.frozen):
        yield mark("与前次抽取的差异或前次记录的校验码，同所给的前次记录不一致。")
    if event.supplement and event.supplement != supplement_of(last, event.supplement.reason, before):
        yield mark("补抽所承接的人选、退出人员或空缺名额，同所给的前次记录不一致。")


def _differences(expected: object, given: object, place: str) -> Iterator[Message]:
    """One sentence for each field that differs; of a list only its first difference is told."""
    if isinstance(expected, dict) and isinstance(given, dict):
        for name in expected:
            inside = f"{place}.{name}" if place else name
            yield from _differences(expected[name], given[name], inside)
    elif isinstance(expected, list) and isinstance(given, list):
        pairs = zip_longest(expected, given, fillvalue=_NOTHING)
        for index, (wanted, found) in enumerate(pairs):
            if wanted != found:
                yield next(_differences(wanted, found, f"{place}[{index}]"))
                return
    elif expected != given:
        label = next((text for start, text in _LABELS.items() if place.startswith(start)), place)
        yield mark(
            "%(label)s（%(place)s）与重新计算的结果不一致：记录为%(given)s，应为%(expected)s。",
            label=label,
            place=place,
            given=_shown(given),
            expected=_shown(expected),
        )


def _shown(value: object) -> str:
    if value is _NOTHING:
        return "—"
    text = canonical.dumps(value).decode()
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"
