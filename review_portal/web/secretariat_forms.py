"""Forms of the secretariat's intake. Times are typed in the office's zone."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, MultipleFileField
from werkzeug.datastructures import FileStorage
from wtforms import (
    DateField,
    DateTimeLocalField,
    IntegerField,
    RadioField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from review_portal.clock import OFFICE_ZONE
from review_portal.services.dossiers import COPIES_MAX, Copies, Upload

_WORD = {"accept": ".docx"}
_ASKED = _l("批次发布后开通账号须由另一人确认，届时必填")
FIRST_YEAR = 1949  # no paper of a call is older
_TIME = _l("时间格式须为 2023-02-17 16:30。")


class OfficeTimeField(DateTimeLocalField):
    """A moment in the office's zone; `at` is aware, None when the field was left empty."""

    def __init__(self, label: object, *, needed: bool = False, **options: Any) -> None:
        formats = ["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S"]
        super().__init__(label, [] if needed else [Optional()], format=formats, **options)

    def process_formdata(self, valuelist: list[str]) -> None:
        if not any(value.strip() for value in valuelist):
            self.data = None
            return
        try:
            super().process_formdata(valuelist)
        except ValueError as problem:
            raise ValueError(_TIME) from problem
        _refuse_short_year(self.data)

    @property
    def at(self) -> datetime | None:
        """The moment, aware."""
        return self.data.replace(tzinfo=OFFICE_ZONE) if self.data else None


def _arrived() -> OfficeTimeField:
    """The field for the arrival beside the postmark."""
    return OfficeTimeField(
        _l("送达时间（北京时间）"), description=_l("实际送达的时间，记录在案，不用来认定是否逾期；不填为现在")
    )


class OfficeDateField(DateField):
    """A day of the office's calendar."""

    def process_formdata(self, valuelist: list[str]) -> None:
        super().process_formdata(valuelist)
        _refuse_short_year(self.data)


def _refuse_short_year(day: date | None) -> None:
    """A browser takes 23 for the year 0023; and before the first years a time cannot be told in UTC."""
    if day is not None and day.year < FIRST_YEAR:
        raise ValueError(_l("年份须写四位数，例如 2023。"))


def _count(label: object, description: object) -> IntegerField:
    """How many of something came; empty where nobody counted."""
    return IntegerField(
        label,
        [Optional()],
        description=description,
        invalid_value_message=_l("请填写整数，例如 1。"),
        render_kw={"min": 0, "max": COPIES_MAX},
    )


def _papers() -> IntegerField:
    return _count(_l("纸质申报书（份）"), _l("每份申报书随附的份数；没有清点的不填"))


def _discs() -> IntegerField:
    return _count(_l("光盘（张）"), _l("能读取的光盘；没有清点的不填"))


class CopiesForm(FlaskForm):
    """A file comes in with what is on paper and on discs beside it."""

    paper_copies: IntegerField
    discs: IntegerField

    @property
    def copies(self) -> Copies:
        """As services take it."""
        return Copies(self.paper_copies.data, self.discs.data)


class ReceiptForm(FlaskForm):
    """Something that came by hand or by post is registered; `arrived_at` stands only under postmarks."""

    received_at: OfficeTimeField
    arrived_at: OfficeTimeField | None

    def ask_as_counted(self, rule: str) -> None:
        """Ask for what the deadline is held against: the arrival, or the postmark's day and the arrival."""
        if rule != "postmark":
            del self.arrived_at
            return
        self.received_at.label.text = _l("寄出邮戳时间（北京时间）")
        self.received_at.description = _l("是否逾期以寄出邮戳日为准，只看日期；当面送达的不填")

    @property
    def times(self) -> dict[str, datetime | None]:
        """Both moments as services take them."""
        return {field.name: field.at for field in (self.received_at, self.arrived_at) if field is not None}


class UploadForm(CopiesForm, ReceiptForm):
    files = MultipleFileField(
        _l("申报书（附件2，.docx）"),
        description=_l("可一次选择多个文件；有一个不能读取，全部不收"),
        render_kw=_WORD,
    )
    received_at = OfficeTimeField(
        _l("收件时间（北京时间）"),
        description=_l("纸质件和光盘送达的时间；不填为现在。晚于截止的作为审查事项，由人决定"),
    )
    arrived_at = _arrived()
    paper_copies = _papers()
    discs = _discs()


class RecommendationForm(ReceiptForm):
    file = FileField(_l("推荐汇总表（附件1，.xlsx 或 .docx）"), render_kw={"accept": ".xlsx,.docx"})
    received_at = OfficeTimeField(_l("收件时间（北京时间）"), description=_l("不填为现在"))
    arrived_at = _arrived()


class SupplementForm(CopiesForm):
    file = FileField(_l("补正后的申报书（.docx）"), render_kw=_WORD)
    received_at = OfficeTimeField(_l("收件时间（北京时间）"), description=_l("不填为现在"))
    paper_copies = _papers()
    discs = _discs()
    reason = TextAreaField(_l("补正情况"), [Length(max=1000)], description=_l("补正了哪些内容"))


class ReasonForm(FlaskForm):
    reason = TextAreaField(_l("理由"), [Length(max=1000)])


class ReturnForm(FlaskForm):
    items = TextAreaField(_l("补正事项"), [Length(max=2000)], description=_l("一行一项，写明要补什么"))
    due_at = OfficeTimeField(_l("补正截止时间（北京时间）"), needed=True)


class WithdrawForm(FlaskForm):
    letter = FileField(
        _l("盖章函件"),
        description=_l("扫描件（PDF、图片）或 Word 文件"),
        render_kw={"accept": ".pdf,.png,.jpg,.jpeg,.docx"},
    )
    reason = TextAreaField(_l("事由"), [Length(max=1000)])


class ExpertAccountForm(FlaskForm):
    people = SelectMultipleField(
        _l("专家"),
        [InputRequired(_l("请选择至少一名专家。"))],
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )
    reason = TextAreaField(_l("事由"), [Optional(), Length(max=500)], description=_ASKED)


class SupervisorAccountForm(FlaskForm):
    login = StringField(
        _l("账号"),
        [InputRequired(_l("请填写账号。")), Length(2, 64, _l("账号须为2至64个字符，不含空格。"))],
        description=_l("2至64个字符，不含空格；登录时使用"),
    )
    name = StringField(_l("姓名"), [InputRequired(_l("请填写姓名。")), Length(max=64)])
    reason = TextAreaField(_l("事由"), [Optional(), Length(max=500)], description=_ASKED)


class ClerkAccountForm(FlaskForm):
    role = RadioField(_l("角色"), [InputRequired(_l("请选择计分人或复核人。"))])
    login = StringField(
        _l("账号"),
        [InputRequired(_l("请填写账号。")), Length(2, 64, _l("账号须为2至64个字符，不含空格。"))],
        description=_l("2至64个字符，不含空格；登录时使用"),
    )
    name = StringField(_l("姓名"), [InputRequired(_l("请填写姓名。")), Length(max=64)])
    reason = TextAreaField(_l("事由"), [Optional(), Length(max=500)], description=_ASKED)


def sent(field: Any) -> Upload | None:
    """The file of a field, None when none was chosen."""
    chosen: FileStorage | None = field.data
    return Upload(chosen.filename or "", chosen.read()) if chosen and chosen.filename else None


def sent_all(field: Any) -> list[Upload]:
    """All files of a field that takes several."""
    chosen: list[FileStorage] = [item for item in field.data or [] if isinstance(item, FileStorage)]
    return [Upload(item.filename or "", item.read()) for item in chosen if item.filename]
