"""The sheet of a draw (评审专家抽取记录表) for wet signature; every figure comes from the frozen record."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from review_portal.domain.chinese_dates import local_date, time_text
from review_portal.domain.draw import PARTY_NAMES, Record, Refusal, in_words, seats
from review_portal.domain.draw.protocol import HASH_NAMES
from review_portal.exports import office_docx as office
from review_portal.exports.figures import CallHead
from review_portal.exports.office_docx import SHEET_BODY, SIGNATURE, TITLE, Font, Properties
from review_portal.exports.office_tables import Column, add_facts, add_signature_lines, add_table
from review_portal.exports.plain_text import digest_groups, listed

SIGNERS: Final = ("经办人", "监督人", "公证（见证）人")
LEAVING: Final = {
    "declined": "婉拒",
    "unreachable": "未接通",
    "recused": "需回避",
    "withdrew": "因故退出",
}
_PLACES: Final = {
    "selected": ("选中", ""),
    "standby": ("候补", ""),
    "employer": ("顺延", "同单位已有人选中；其退出后按本顺序递补"),
    "elsewhere": ("—", "已在其他专业组选中"),
    "reserve": ("其后", ""),
}
_SKIPS: Final = {"employer": "同单位有人在组", "elsewhere": "已在其他专业组"}
_RULES: Final = {
    "strata": "专业组和名额",
    "fallback": "备用来源",
    "public_source": "公开数来源",
    "one_per_employer": "同单位人数",
    "hash": "校验算法",
    "on_refusal": "拒绝公开密数的处理",
}
_HEADING = Font("黑体", 12)
_CELL, _HEAD = Font("宋体", 9), Font("黑体", 9)
_NUMERALS = "一二三四五六七八九"


@dataclass(frozen=True, slots=True)
class PhoneCall:
    """One attempt to reach a drawn expert; `outcome` is 同意, 婉拒, 未接通 or 需回避."""

    expert: str
    at: datetime
    caller: str
    attempt: int
    outcome: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class DrawSheet:
    """One draw as it is signed. `names` (id -> name) stays None while the experts' names are not to be known;
    the file's date is `held_at`.
    """

    call: CallHead
    record: Record
    held_at: datetime
    place: str
    present: tuple[str, ...]
    names: Mapping[str, str] | None = None
    calls: tuple[PhoneCall, ...] = ()
    signers: tuple[str, ...] = SIGNERS

    @property
    def title(self) -> str:
        """抽取 or 补抽."""
        return f"评审专家{'补抽' if self.record.frozen.event.supplement else '抽取'}记录表"

    def who(self, person: str) -> str:
        """A person as the sheet names it: by id, with the name where names may be shown."""
        name = (self.names or {}).get(person, "")
        return f"{person} {name}" if name else person

    def stratum(self, key: str) -> str:
        """A stratum's printed name."""
        return next((part.name for part in self.record.frozen.rules.strata if part.key == key), key)


def write(sheet: DrawSheet) -> bytes:
    """The sheet as .docx bytes, A4 upright; equal sheets give equal bytes."""
    properties = Properties(f"{sheet.call.title} {sheet.title}", sheet.call.issuer, local_date(sheet.held_at))
    document = office.new_document(properties, sheet=True)
    office.add_sheet_footer(document, digest_groups(sheet.record.last_code))
    office.paragraph(document, sheet.call.title, Font(TITLE, 14), align="center", pitch=None)
    office.paragraph(document, sheet.title, Font(TITLE, 18), align="center", pitch=None)
    add_facts(document, _facts(sheet), label_width=32, value_width=138)
    sections: list[tuple[str, Callable[[Any, DrawSheet], None]]] = [
        ("抽取规则", _rules),
        ("名单和排除人员", _pool),
        ("与前次抽取的差异", _previous),
        ("双方密数和公开数", _acts),
        ("抽取结果", _outcome),
        ("递补记录", _replacements),
        *([("电话确认记录", _calls)] if sheet.calls else []),
        ("复核方法", _recomputing),
    ]
    for numeral, (title, write_section) in zip(_NUMERALS, sections, strict=False):
        office.paragraph(document, f"{numeral}、{title}", _HEADING, pitch=24)
        write_section(document, sheet)
    office.paragraph(document, "", SIGNATURE, pitch=None)
    office.paragraph(document, "以上抽取过程和结果属实。", SIGNATURE, pitch=None)
    add_signature_lines(document, sheet.signers)
    return office.save(document)


def _say(document: Any, sentence: str) -> None:
    office.paragraph(document, sentence, SHEET_BODY, pitch=None)


def _facts(sheet: DrawSheet) -> Sequence[tuple[str, str]]:
    frozen = sheet.record.frozen
    total, drawable = len(frozen.pool), len(frozen.drawable)
    return (
        ("文号", sheet.call.document_number),
        ("抽取事项", f"{frozen.event.title}（{frozen.event.id}）"),
        ("抽取时间", time_text(sheet.held_at)),
        ("抽取地点", sheet.place),
        ("参加人员", listed(sheet.present)),
        ("名单锁定时间", time_text(frozen.event.frozen_at)),
        ("名单人数", f"{total}人，排除{total - drawable}人，可抽取{drawable}人"),
        ("抽取校验码", digest_groups(sheet.record.code)),
    )


def _rules(document: Any, sheet: DrawSheet) -> None:
    rules = sheet.record.frozen.rules
    quotas = "，".join(f"{part.name}{part.quota}人（候补{part.standby}人）" for part in rules.strata)
    employer = "同一单位最多选1人" if rules.one_per_employer else "同一单位人数不限"
    refusal = {
        "proceed": "以公开数和另一方的密数抽取，并如实记录",
        "void": "本次抽取作废，另立事项补抽",
    }[rules.on_refusal]
    sentences = (
        f"按以下次序抽取，前面专业组选中的人不再参加后面专业组的抽取：{quotas}。{employer}。",
        f"公开数来源：{in_words(rules.public_source)}。备用来源（原定来源不能使用时）：{in_words(rules.fallback)}。",
        f"一方不公开密数的，{refusal}。",
        "各专业组的先后顺序由抽取参数和专家编号逐人计算得出，任何一方不能单独决定。选中的人退出时，由本组顺序中"
        "下一名符合规则的人递补；无人可递补的，另立事项补抽。同一事项只抽取一次。",
    )
    for number, sentence in enumerate(sentences, start=1):
        _say(document, f"{number}．{sentence}")


def _pool(document: Any, sheet: DrawSheet) -> None:
    frozen = sheet.record.frozen
    for stratum in frozen.rules.strata:
        members = [person.id for person in frozen.drawable if stratum.key in person.strata]
        _say(document, f"{stratum.name}，可抽取{len(members)}人：{listed(map(sheet.who, members))}")
    keys = {stratum.key for stratum in frozen.rules.strata}
    others = [person.id for person in frozen.drawable if not keys & set(person.strata)]
    if others:
        _say(document, f"在名单中、不属于以上专业组的{len(others)}人：{listed(map(sheet.who, others))}")
    if not frozen.exclusions:
        _say(document, "没有排除人员。")
        return
    columns = (Column("排除人员", 34), Column("依据", 46), Column("理由", 90))
    rows = [(sheet.who(entry.id), entry.rule, entry.reason) for entry in frozen.exclusions]
    add_table(document, columns, rows, body=_CELL, head=_HEAD)


def _previous(document: Any, sheet: DrawSheet) -> None:
    event = sheet.record.frozen.event
    if event.previous is None:
        _say(document, "本次抽取没有承接的前次抽取。")
        return
    changed = event.previous.difference
    rows = [
        ("前次抽取事项", event.previous.event),
        ("前次记录校验码", digest_groups(event.previous.code)),
        ("名单新增", listed(map(sheet.who, changed.added))),
        ("名单减少", listed(map(sheet.who, changed.removed))),
        ("专业或单位变更", listed(map(sheet.who, changed.changed))),
        ("新列入排除", listed(map(sheet.who, changed.newly_excluded))),
        ("不再排除", listed(map(sheet.who, changed.no_longer_excluded))),
        ("规则变更", listed(_RULES[name] for name in changed.rules)),
    ]
    supplement = event.supplement
    if supplement is not None:
        vacant = (f"{part.name}{part.seats}人" for part in supplement.vacant)
        rows += [
            ("补抽原因", supplement.reason),
            ("已在组人员", listed(sheet.who(seat.id) for seat in supplement.seated)),
            ("已退出人员", listed(map(sheet.who, supplement.departed))),
            ("空缺", listed(vacant)),
        ]
    add_facts(document, rows, label_width=32, value_width=138)


def _acts(document: Any, sheet: DrawSheet) -> None:
    record = sheet.record
    rows = [("锁定校验码（名单、规则、排除人员）", digest_groups(record.frozen.codes.frozen), "")]
    for given in record.commitments:
        rows.append((f"{PARTY_NAMES[given.party]}密数校验码", digest_groups(given.code), time_text(given.at)))
    value = record.public_value
    source = f"（备用来源，原因：{value.fallback_reason}）" if value.fallback_reason else ""
    rows.append((f"公开数{source}", value.value, time_text(value.at)))
    for opening in record.openings:
        party = PARTY_NAMES[opening.party]
        if isinstance(opening, Refusal):
            rows.append((f"{party}未公开密数", opening.refusal, time_text(opening.at)))
        else:
            words = f"\n自选内容：{opening.words}" if opening.words else ""
            rows.append((f"{party}密数", digest_groups(opening.nonce) + words, time_text(opening.at)))
    if record.outcome is not None:
        rows.append(("抽取参数", digest_groups(record.outcome.seed), ""))
    rows.append(("抽取校验码", digest_groups(record.code), ""))
    columns = (Column("事项", 42), Column("内容", 96), Column("时间", 32))
    add_table(document, columns, rows, body=_CELL, head=_HEAD)


def _outcome(document: Any, sheet: DrawSheet) -> None:
    if sheet.record.outcome is None:
        _say(document, "因一方未公开密数，按规则本次抽取作废，没有结果。")
        return
    columns = (
        Column("顺序", 16, "center"),
        Column("专家", 54),
        Column("结果", 24, "center"),
        Column("说明", 76),
    )
    for part in sheet.record.outcome.strata:
        _say(document, f"{sheet.stratum(part.key)}：")
        named = [place for place, row in enumerate(part.order, 1) if row.place in ("selected", "standby")]
        shown = part.order[: max(named, default=0)]
        rows, standby = [], 0
        for place, row in enumerate(shown, start=1):
            result, note = _PLACES[row.place]
            standby += row.place == "standby"
            result += str(standby) if row.place == "standby" else ""
            rows.append((str(place), sheet.who(row.id), result, note))
        add_table(document, columns, rows, body=_CELL, head=_HEAD)
        rest = part.order[len(shown) :]
        if rest:
            _say(document, f"其后顺序：{listed(sheet.who(row.id) for row in rest)}")
        if part.vacant:
            _say(document, f"名单中没有符合规则的人，空缺{part.vacant}人，须补抽。")


def _replacements(document: Any, sheet: DrawSheet) -> None:
    if not sheet.record.replacements:
        _say(document, "截至制表，没有递补。")
        return
    columns = (
        Column("序号", 12, "center"),
        Column("时间", 30),
        Column("专业组", 24),
        Column("退出人员", 26),
        Column("情形和原因", 34),
        Column("递补人员", 44),
    )
    rows = []
    for entry in sheet.record.replacements:
        taken = "无人可递补，须补抽" if entry.successor is None else sheet.who(entry.successor)
        passed = "".join(f"\n（{sheet.who(skip.id)}：{_SKIPS[skip.why]}，未递补）" for skip in entry.skipped)
        leaving = f"{LEAVING[entry.leaving]}：{entry.reason}"
        who = sheet.who(entry.leaver)
        rows.append(
            (
                str(entry.number),
                time_text(entry.at),
                sheet.stratum(entry.stratum),
                who,
                leaving,
                taken + passed,
            )
        )
    add_table(document, columns, rows, body=_CELL, head=_HEAD)
    held = seats(sheet.record)
    for stratum in sheet.record.frozen.rules.strata:
        sitting = listed(sheet.who(seat.id) for seat in held if seat.stratum == stratum.key)
        _say(document, f"递补后的人选，{stratum.name}：{sitting}")
    _say(document, f"最近一次递补的校验码：{digest_groups(sheet.record.last_code)}")


def _calls(document: Any, sheet: DrawSheet) -> None:
    columns = (
        Column("专家", 36),
        Column("时间", 32),
        Column("拨打人", 24),
        Column("次数", 14, "center"),
        Column("结果", 20, "center"),
        Column("备注", 44),
    )
    rows = [
        (sheet.who(made.expert), time_text(made.at), made.caller, str(made.attempt), made.outcome, made.note)
        for made in sheet.calls
    ]
    add_table(document, columns, rows, body=_CELL, head=_HEAD)


def _recomputing(document: Any, sheet: DrawSheet) -> None:
    algorithm = HASH_NAMES[sheet.record.frozen.hash]
    sentences = (
        "抽取记录文件和独立复核程序 verify_draw.py 随卷归档。在装有 Python 3.8 以上版本的任何电脑上执行"
        "“python3 verify_draw.py 抽取记录.json”，即由锁定的名单、双方密数和公开数算出全部结果，逐字节比对。",
        f"复核结果须显示“逐字节一致”，且锁定校验码、抽取校验码与本表所印逐组相同。校验算法为{algorithm}。",
    )
    for number, sentence in enumerate(sentences, start=1):
        _say(document, f"{number}．{sentence}")
