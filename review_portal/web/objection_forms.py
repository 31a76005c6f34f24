"""Forms of the register of objections."""

from __future__ import annotations

import secrets

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, MultipleFileField
from wtforms import (
    BooleanField,
    HiddenField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired
from wtforms.widgets import CheckboxInput, ListWidget

from review_portal.web.secretariat_forms import OfficeDateField, OfficeTimeField

_EVIDENCE = {"accept": ".pdf,.png,.jpg,.jpeg,.docx,.xlsx"}


class EntryForm(FlaskForm):
    """登记异议: what came in, and apart from it who sent it."""

    way = RadioField(_l("反映方式"), validate_choice=False)
    received_at = OfficeTimeField(_l("收到时间（北京时间）"), needed=True)
    received_by = StringField(_l("收件人或接待人"))
    on_publicity = RadioField(
        _l("针对什么"),
        validate_choice=False,
        description=_l("对公示的异议，公示期届满后收到的登记为逾期；对其他事项的反映不受公示期限制"),
    )
    dossiers = SelectMultipleField(
        _l("涉及的材料"),
        description=_l("都不选的，为对程序的异议"),
        validate_choice=False,
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )
    facts = TextAreaField(
        _l("反映的内容和事实依据"),
        description=_l(
            "10至2000个字。不要写异议人的姓名、单位、电话，一律写“异议人”；秘书处和监督人员都会看到"
        ),
    )
    checkable = BooleanField(_l("有可核查的具体事实（时间、地点、文件、数据等）"))
    files = MultipleFileField(
        _l("证据材料"),
        description=_l("PDF、图片、.docx、.xlsx，每个不超过20MB；不得写有异议人的身份"),
        render_kw=_EVIDENCE,
    )
    guarded_files = MultipleFileField(
        _l("写有异议人身份的材料"),
        description=_l("如署名的来信、盖章的函；上传后只有监督人员能打开"),
        render_kw=_EVIDENCE,
    )
    identity = RadioField(_l("署名情况"), validate_choice=False)
    signed = BooleanField(_l("已签名或盖章"))
    name = StringField(
        _l("异议人姓名"),
        description=_l("以下三项单独存放，登记后只有监督人员能查看；匿名的不填"),
        render_kw={"autocomplete": "off"},
    )
    unit = StringField(_l("异议人单位"), render_kw={"autocomplete": "off"})
    contact = StringField(_l("联系方式"), render_kw={"autocomplete": "off"})
    key = HiddenField(default=lambda: secrets.token_hex(16))


class ClassifyForm(FlaskForm):
    route = RadioField(_l("办理方式"), validate_choice=False)
    reason = TextAreaField(_l("理由"), description=_l("与规则建议不同的，写明为什么；不要写异议人的身份"))


class StepForm(FlaskForm):
    """A step with its text; the letter's facts only where one goes out."""

    linked = SelectField(_l("依据"), validate_choice=False)
    text = TextAreaField(_l("办理情况"), description=_l("不要写异议人的姓名、单位、电话"))
    document_number = StringField(_l("发文字号"))
    contact_office = StringField(_l("联系处室"))
    contact_phone = StringField(_l("联系电话"))


class ConcludeForm(FlaskForm):
    outcome = RadioField(_l("处理结论"), validate_choice=False)
    reason = TextAreaField(
        _l("核查情况和理由"),
        description=_l("写明核查了什么、事实如何、依据什么作出结论；印在答复函上，不要写异议人的身份"),
    )


class DossierHoldForm(FlaskForm):
    dossier = SelectField(_l("暂缓的材料"), [InputRequired(_l("请选择材料。"))], validate_choice=False)
    objection = SelectField(_l("因哪件异议"), validate_choice=False)
    reason = TextAreaField(_l("暂缓的理由"), description=_l("至少10个字；不要写异议人的身份"))


class DossierReleaseForm(FlaskForm):
    finding = TextAreaField(_l("核查结果"), description=_l("至少10个字，写明核查了什么、结果如何"))


class ReadForm(FlaskForm):
    reason = TextAreaField(_l("查看的理由"), description=_l("每次查看都记入监督记录"))


class LaterForm(FlaskForm):
    meeting = StringField(_l("会议名称"))
    held_on = OfficeDateField(_l("会议日期"))
    minutes_number = StringField(_l("纪要号"))
    answer = RadioField(_l("审定意见"), validate_choice=False)
    reason = TextAreaField(_l("理由"), description=_l("照会议纪要填写"))
    scan = FileField(
        _l("会议纪要扫描件"),
        description=_l("PDF 或图片（PNG、JPG），不超过20MB；退回更正的，须重新选择文件"),
        render_kw={"accept": ".pdf,.png,.jpg,.jpeg"},
    )
