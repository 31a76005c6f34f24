"""The notice of the defense (现场答辩通知): a letter for each unit, its text to copy, a short form.

A fact that the office has not filled yet prints as 【待填：…】. A blank 授权委托书 follows every letter.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from review_portal.domain.chinese_dates import SHANGHAI, date_text, local_date
from review_portal.exports import office_docx as office
from review_portal.exports.office_docx import HEADING, TITLE_FONT, Properties
from review_portal.exports.plain_text import clean
from review_portal.exports.publicity_notice import known, to_fill

TITLE = "现场答辩通知"
LETTER = "授权委托书"
_UNDATED = date(2000, 1, 1)  # the file's date while the notice has none
_PITCH = 25.0  # the letter stands on one page
_NUMERALS = "一二三四五六七八九十"


@dataclass(frozen=True, slots=True)
class DefenseNotice:
    """Everything one unit's notice says. `None` or empty means not known yet.

    `arrive_early` are minutes before the turn; minutes and the number of persons come from the call's rules.
    """

    issuer: str
    project_name: str
    stage: str
    unit: str
    position: int | None
    starts_at: datetime | None
    arrive_early: int
    place: str
    waiting_place: str
    contact: str
    phone: str
    issued_on: date | None
    attendees_max: int
    present_minutes: int
    question_minutes: int
    late_minutes: int

    def missing(self) -> tuple[str, ...]:
        """Labels of what is still to be filled, in the notice's order."""
        facts = (
            ("答辩时间", self.starts_at),
            ("答辩地点", self.place),
            ("候场地点", self.waiting_place),
            ("联系人", self.contact),
            ("联系电话", self.phone),
            ("发文日期", self.issued_on),
        )
        return tuple(label for label, value in facts if not known(value))


def moment_text(moment: datetime) -> str:
    """2023年3月7日 10:40, Shanghai time."""
    return f"{date_text(local_date(moment))} {moment.astimezone(SHANGHAI):%H:%M}"


def items(notice: DefenseNotice) -> tuple[tuple[str, str], ...]:
    """Heading and sentence of each point of the notice."""
    turn = f"，答辩顺序第{notice.position}家" if notice.position else ""
    early = f"请提前{notice.arrive_early}分钟" if notice.arrive_early else "请按时"
    return (
        ("时间", f"{_when(notice)}{turn}。{early}到{_fact(notice.waiting_place, '候场地点')}签到候场。"),
        ("地点", f"{_fact(notice.place, '答辩地点')}。"),
        (
            "人员",
            f"到场不超过{notice.attendees_max}人，须为本单位（含联合体成员）人员，其中1人主讲。请携带身份证原件备核；"
            "法定代表人以外的人员须提交加盖公章的授权委托书（格式见附件）。",
        ),
        (
            "安排",
            f"汇报{notice.present_minutes}分钟，专家提问{notice.question_minutes}分钟，到时即止。",
        ),
        ("材料", "以已提交的申报材料为准，现场不接收新材料。"),
        (
            "纪律",
            f"规定时间后{notice.late_minutes}分钟未到的，经组长、监督人员确认，视为放弃答辩。因故不能参加的，请"
            "提前书面告知。答辩前后不得联系评审专家。",
        ),
        ("联系", f"{_fact(notice.contact, '联系人')}，电话{_fact(notice.phone, '联系电话')}。"),
    )


def opening(notice: DefenseNotice) -> str:
    """The sentence before the points."""
    return (
        f"你单位申报的{clean(notice.project_name)}已进入{clean(notice.stage)}环节，现将有关事项通知如下，"
        "收到请回复。"
    )


def text(notice: DefenseNotice) -> str:
    """The whole notice as plain text with a final line break."""
    lines = [TITLE, "", f"{clean(notice.unit)}：", f"　　{opening(notice)}"]
    lines += [f"　　{point}" for point in _points(notice)]
    lines += ["", f"　　附件：{LETTER}（格式）", "", clean(notice.issuer), _issued(notice)]
    return "\n".join(lines) + "\n"


def short_text(notice: DefenseNotice) -> str:
    """One paragraph for a text message."""
    early = f"提前{notice.arrive_early}分钟" if notice.arrive_early else "按时"
    return (
        f"{clean(notice.unit)}：{clean(notice.project_name)}{clean(notice.stage)}定于{_when(notice)}，地点"
        f"{_fact(notice.place, '答辩地点')}，请{early}到{_fact(notice.waiting_place, '候场地点')}签到。"
        f"到场不超过{notice.attendees_max}人，带身份证原件和授权委托书；不接收新材料；汇报{notice.present_minutes}分钟、提问"
        f"{notice.question_minutes}分钟；规定时间后{notice.late_minutes}分钟未到的，经确认视为放弃。联系"
        f"{_fact(notice.contact, '联系人')}{_fact(notice.phone, '联系电话')}。收到请回复。"
        f"{clean(notice.issuer)}"
    )


def write_docx(notices: Sequence[DefenseNotice]) -> bytes:
    """The letters in the order given, each with its blank 授权委托书 on the next page."""
    dated = notices[0].issued_on if notices and notices[0].issued_on else _UNDATED
    author = notices[0].issuer if notices else ""
    document = office.new_document(Properties(TITLE, author, dated))
    for index, notice in enumerate(notices):
        _letter(document, notice, new_page=index > 0)
        _authorization(document, notice)
    return office.save(document)


def _letter(document: Any, notice: DefenseNotice, *, new_page: bool) -> None:
    head = office.paragraph(document, TITLE, TITLE_FONT, align="center", pitch=35)
    if new_page:
        office.page_break_before(head)
    office.paragraph(document, pitch=_PITCH)
    office.paragraph(document, f"{clean(notice.unit)}：", pitch=_PITCH)
    office.paragraph(document, opening(notice), align="justify", indent=2, pitch=_PITCH)
    for point in _points(notice):
        office.paragraph(document, point, align="justify", indent=2, pitch=_PITCH)
    office.paragraph(document, f"附件：{LETTER}（格式）", indent=2, pitch=_PITCH)
    office.paragraph(document, pitch=_PITCH)
    office.paragraph(document, clean(notice.issuer), align="right", right_indent=2, pitch=_PITCH)
    office.paragraph(document, _issued(notice), align="right", right_indent=4, pitch=_PITCH)


def _authorization(document: Any, notice: DefenseNotice) -> None:
    office.page_break_before(office.paragraph(document, "附件", HEADING))
    office.paragraph(document)
    office.paragraph(document, LETTER, TITLE_FONT, align="center", pitch=35)
    office.paragraph(document)
    rule = "＿" * 7
    office.paragraph(document, "兹授权下列人员：", indent=2)
    for _line in range(max(1, notice.attendees_max)):
        office.paragraph(document, f"姓名{rule}身份证号{rule}＿＿＿", indent=2)
    office.paragraph(
        document,
        f"代表本单位参加{clean(notice.project_name)}{clean(notice.stage)}，就申报材料作汇报并回答提问。上述人员在"
        "答辩中的陈述和承诺，本单位予以认可。授权期限自签署之日起至本次答辩结束止，不得转委托。",
        align="justify",
        indent=2,
    )
    office.paragraph(document)
    office.paragraph(document, f"委托单位：{clean(notice.unit)}（盖章）", indent=2)
    office.paragraph(document, f"法定代表人（签字）：{rule}", indent=2)
    office.paragraph(document, f"受托人（签字）：{rule}　　{rule}", indent=2)
    office.paragraph(document)
    office.paragraph(document, "　　　　年　　月　　日", align="right", right_indent=4)
    office.paragraph(document)
    office.paragraph(document, "（附法定代表人、受托人身份证复印件）", indent=2)


def _points(notice: DefenseNotice) -> list[str]:
    pairs = zip(_NUMERALS, items(notice), strict=False)
    return [f"{numeral}、{head}：{sentence}" for numeral, (head, sentence) in pairs]


def _when(notice: DefenseNotice) -> str:
    return moment_text(notice.starts_at) if notice.starts_at else to_fill("答辩时间")


def _issued(notice: DefenseNotice) -> str:
    return date_text(notice.issued_on) if notice.issued_on else to_fill("发文日期")


def _fact(value: str, label: str) -> str:
    return " ".join(clean(value).split()) if known(value) else to_fill(label)
