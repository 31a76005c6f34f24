"""What each two-person act says before somebody agrees: effect, names and counts. One entry per act."""

from __future__ import annotations

from datetime import datetime

from flask_babel import gettext as _

from review_portal.domain.register import masked_login
from review_portal.services import (
    account_views,
    accounts,
    case_acts,
    closing,
    confirmations_by_two,
    decisions,
    defense_records,
    departures,
    dossiers,
    entry_passes,
    late_conflicts,
    paper_sheets,
    passwords,
    publicity_release,
    recusal_lifting,
    reexamination_ends,
    reexaminations,
    review_voids,
    rounds,
    sheet_corrections,
)
from review_portal.services.approval_views import RequestView
from review_portal.services.publicity_views import SENTENCES
from review_portal.web import final_list_words, objection_words
from review_portal.web.approval_acts import Act, Words
from review_portal.web.case_words import countersign_words, void_words
from review_portal.web.closing_words import close_words
from review_portal.web.confirmation_words import confirm_words
from review_portal.web.decision_words import decision_words
from review_portal.web.departure_words import rule_sentence
from review_portal.web.entry_words import entry_words
from review_portal.web.filters import code_groups, office_time
from review_portal.web.notice_pages import left_out
from review_portal.web.reexamination_words import correct_sheet, end_reexam, reexamine


def _unseal(view: RequestView) -> Words:
    payload = view.request.payload
    return Words(
        _("同意启封：%(round)s评分", round=view.about),
        _("启封后不能恢复封存。启封时间、双方姓名记入监督记录。"),
        _("组长"),
        _("监督人员"),
        [
            _("组长和监督人员可按代号看到全部评分；秘书处可看复议记录，复议结束后取得汇总表。"),
            _("不能再接收纸质评分代录，不能再增加或替补专家。"),
            _("评分只能经复议由原专家修改，原评分保留。"),
        ],
        [
            (_("轮次"), view.about),
            (_("评分表"), _("已提交%(n)s份", n=payload.get("sheets"))),
            (_("开启时校验码"), code_groups(payload.get("frozen"))),
            (_("封存校验码"), code_groups(payload.get("sealed"))),
        ],
        _("我已核对校验码和上列份数，在场见证启封"),
        _("同意启封评分"),
    )


def _open_accounts(view: RequestView) -> Words:
    people = view.request.payload.get("people", [])
    listed = [_person(*person) for person in people if person[3] not in view.hidden]
    if view.hidden:
        listed.append(_("抽取产生的专家%(n)s人（签到后显示姓名）", n=len(view.hidden)))
    return Words(
        _("同意开通账号"),
        _("批次发布后，授予角色须双人办理。"),
        _("申请人"),
        _("确认人"),
        [
            _("授予%(n)s人所列角色；没有账号的同时开通账号。", n=len(people)),
            _("新账号由申请人所在岗位另行发放一次性密码；已有账号沿用原密码。"),
        ],
        [(_("批次"), view.call_title or None), (_("人员"), "；".join(listed))],
        _("我已核对所列人员和角色"),
        _("同意开通"),
    )


def _person(login: str, name: str, role: str, _expert: str | None, account: str | None) -> str:
    if account is not None:
        return _(
            "%(name)s（已有账号%(login)s，%(role)s）", name=name, login=masked_login(login), role=_role(role)
        )
    return _("%(name)s（账号%(login)s，%(role)s）", name=name, login=masked_login(login), role=_role(role))


def _revoke_role(view: RequestView) -> Words:
    payload = view.request.payload
    return Words(
        _("同意收回角色：%(name)s", name=payload.get("name")),
        _("批次发布后，变更角色须双人办理。"),
        _("申请人"),
        _("确认人"),
        [_("该账号不能再以这一角色进入本批次；账号本身、在其他批次的角色和已有记录不变。")],
        [
            (_("批次"), view.call_title or None),
            (_("姓名"), payload.get("name")),
            (_("账号"), masked_login(str(payload.get("login") or ""))),
            (_("角色"), _role(str(payload.get("role")))),
        ],
        _("我已核对所列人员和角色"),
        _("同意收回"),
        grave=True,
    )


def _role(role: str) -> str:
    return _(account_views.ROLE_LABELS[role]) if role in account_views.ROLE_LABELS else role


def _issue_password(view: RequestView) -> Words:
    payload = view.request.payload
    roles = [
        _("%(role)s（%(call)s）", role=_role(role), call=call) if call else _role(role)
        for role, call in payload.get("roles", [])
    ]
    return Words(
        _("同意重发密码：%(name)s", name=payload.get("name")),
        _("评审已开启。持有密码的人即可查看、修改该专家的评分，须双人办理。"),
        _("经办人"),
        _("监督人员"),
        [
            _("原密码立即失效，该账号在各处的登录即时退出。"),
            _("一次性密码在下一页显示，只显示这一次，请当面交给本人，不经他人转交。"),
            _("首次登录后须设置自己的密码。"),
        ],
        [
            (_("姓名"), payload.get("name")),
            (_("账号"), masked_login(str(payload.get("login") or ""))),
            (_("角色"), "；".join(roles) or None),
        ],
        _("本人在场，我已核对身份"),
        _("同意并显示一次性密码"),
    )


def _reject_dossier(view: RequestView) -> Words:
    payload = view.request.payload
    failed = [f"{rule}：{basis}" if basis else str(rule) for rule, basis in payload.get("failed", [])]
    return Words(
        _("同意不予受理：%(unit)s", unit=payload.get("unit")),
        _("由经办人、复核人双人办理，送达后生效。"),
        _("经办人"),
        _("复核人"),
        [
            _("%(number)s 的状态变为“不予受理”，不进入专家评审。", number=payload.get("number")),
            _("申报单位依法陈述、申辩的意见另行登记。"),
            _("不予受理后不能恢复。"),
        ],
        [
            (_("申报材料"), f"{payload.get('number')}　{payload.get('unit')}"),
            (_("经确认的不符合项"), "；".join(failed) or None),
            (_("材料校验码"), code_groups(payload.get("version"))),
        ],
        _("我已核对申报材料和不符合项的依据"),
        _("同意不予受理"),
        grave=True,
    )


def _moment(text: object) -> str | None:
    return office_time(datetime.fromisoformat(str(text))) if text else None


def _absent(view: RequestView) -> Words:
    payload = view.request.payload
    return Words(
        _("确认缺席：%(unit)s", unit=payload.get("unit")),
        _("规定时间后仍未到场的，经组长、监督人员确认，视为放弃答辩。"),
        _("组长"),
        _("监督人员"),
        [
            _("%(number)s 登记为“放弃答辩”，不参与排名，在结果中单独列示。", number=payload.get("number")),
            _("该单位本轮的%(n)s份评分表作废，专家无须再评。", n=len(payload.get("sheets", []))),
            _("其他单位不因此递补，已抽定的顺序不变。"),
        ],
        [
            (_("单位"), f"{payload.get('number')}　{payload.get('unit')}"),
            (_("规定时间"), _moment(payload.get("starts_at"))),
            (_("请进场时间"), _moment(payload.get("called_at"))),
            (_("提前确认的原因"), payload.get("early") or None),
        ],
        _("我在场见证该单位未按时到场"),
        _("确认缺席"),
        grave=True,
    )


def _drop_out(view: RequestView) -> Words:
    payload = view.request.payload
    kept, void = payload.get("kept", []), payload.get("void", [])
    follows = payload.get("substitute_name")
    after = (
        _("%(name)s递补，评审本组全部材料（回避的除外）。", name=follows)
        if follows
        else _("没有指定递补专家；由抽取产生的，按抽取顺序递补。")
    )
    return Words(
        _("同意登记专家退出：%(name)s", name=payload.get("name")),
        _("启封以前，专家退出由秘书处登记、监督人员同意；启封以后不再增加专家。"),
        _("经办人"),
        _("监督人员"),
        [rule_sentence(str(payload.get("rule"))), _("该专家不能再评分、撤回或签到。"), after],
        [
            (_("专家"), payload.get("name")),
            (_("保留的评分表"), _("%(n)s份", n=len(kept))),
            (_("作废的评分表"), _("%(n)s份", n=len(void))),
            (_("递补专家"), follows or None),
            (_("核实依据"), payload.get("basis") or None),
        ],
        _("我已核实该专家退出的事由"),
        _("同意登记退出"),
        grave=True,
    )


def _release_notice(view: RequestView) -> Words:
    payload = view.request.payload
    facts, units = payload.get("facts", {}), payload.get("units", [])
    names = "、".join(lead for lead, _members, _by in units)
    return Words(
        _("同意发布公示"),
        _("由经办人提交、复核人确认；复核人不能是经办人本人。"),
        _("经办人"),
        _("复核人"),
        [
            _("批次进入公示，公示页在公示期内对外显示。"),
            _("公示文字和名单不能再改。"),
            _("得分、名次和专家信息不对外公布。"),
        ],
        [
            (_("名单"), _("%(n)s家：%(names)s", n=len(units), names=names or "—")),
            (_("发布日期"), facts.get("published_on") or None),
            (_("公示工作日数"), facts.get("working_days") or None),
            (_("联系处室"), facts.get("contact_office") or None),
            (_("监督电话"), facts.get("supervision_phone") or None),
            *left_out((SENTENCES[part], said[3], said[2]) for part, said in payload.get("texts", {}).items()),
            (_("名单校验码"), code_groups(payload.get("list"))),
        ],
        _("我已逐项核对公示稿和名单"),
        _("同意发布"),
    )


def _lift_recusal(view: RequestView) -> Words:
    payload = view.request.payload
    return Words(
        _("同意解除回避：%(expert)s", expert=payload.get("expert")),
        _("解除回避须由秘书处申请、监督人员同意，原回避登记保留。"),
        _("经办人"),
        _("监督人员"),
        [
            _("在尚未开启的轮次，可以再将该材料分派给该专家；已开启的轮次不变。"),
            _("该专家阅读材料前仍须对该单位重新作出回避声明。"),
            _("以后发现的其他利害关系仍须回避。"),
        ],
        [
            (_("专家"), payload.get("expert")),
            (_("申报材料"), f"{payload.get('number')}　{payload.get('unit')}"),
            (_("回避事由"), payload.get("recorded")),
            (_("规则核对的利害关系"), "；".join(payload.get("grounds", [])) or None),
        ],
        _("我已核对回避事由和解除的理由"),
        _("同意解除回避"),
        grave=True,
    )


def _settle_conflict(view: RequestView) -> Words:
    payload = view.request.payload
    void = payload.get("outcome") == "void"
    if void:
        consequences = [
            _("该评分表作废，不计入评分和排名；其他专家的评分不变。"),
            _("登记该专家对该材料回避，以后各轮不再分派。"),
            _("作废后不能恢复，原评分留存备查。"),
        ]
    else:
        consequences = [
            _("该评分表继续计入评分和排名。"),
            _("保留的理由印在排名工作簿和评分汇总表上。"),
        ]
    return Words(
        _("同意作废评分表") if void else _("同意保留评分表"),
        _("评分后发现利害关系的，由秘书处申请、监督人员同意作废或保留。"),
        _("经办人"),
        _("监督人员"),
        consequences,
        [
            (_("专家"), payload.get("expert")),
            (_("申报材料"), f"{payload.get('number')}　{payload.get('unit')}"),
            (_("轮次"), payload.get("round")),
            (_("发现的利害关系"), payload.get("finding")),
        ],
        _("我已核对发现的利害关系和处理理由"),
        _("同意作废") if void else _("同意保留"),
        grave=void,
    )


def _drop_paper(view: RequestView) -> Words:
    payload = view.request.payload
    return Words(
        _("同意纸质评分表不予计入：%(number)s", number=payload.get("number")),
        _("已登记的纸质评分表不予计入的，由秘书处申请、监督人员同意。"),
        _("经办人"),
        _("监督人员"),
        [
            _("该评分表不再代录，按逾期未交处理，不计分，也不是0分。"),
            _("不再妨碍启封；启封以后不能恢复。"),
        ],
        [
            (_("专家"), payload.get("expert")),
            (_("申报材料"), f"{payload.get('number')}　{payload.get('unit')}"),
            (_("轮次"), payload.get("round")),
        ],
        _("我已核对纸质表和不予计入的事由"),
        _("同意不予计入"),
        grave=True,
    )


ACTS: dict[str, Act] = {
    "close": Act(lambda: _("结束评分并封存"), closing.decide_close, close_words),
    "unseal": Act(lambda: _("启封评分"), rounds.decide_unseal, _unseal),
    "open_accounts": Act(lambda: _("开通账号"), accounts.approve_accounts, _open_accounts),
    "revoke_role": Act(lambda: _("收回角色"), accounts.decide_revoke_role, _revoke_role),
    "issue_password": Act(lambda: _("重发密码"), passwords.decide_password, _issue_password),
    "issue_entry": Act(lambda: _("发放一次性入口"), entry_passes.decide_entry, entry_words),
    "reject_dossier": Act(lambda: _("拟不予受理"), dossiers.decide_reject_dossier, _reject_dossier),
    "absent": Act(lambda: _("确认缺席"), defense_records.decide_absent, _absent),
    "lift_recusal": Act(lambda: _("解除回避"), recusal_lifting.decide_lift, _lift_recusal),
    "settle_conflict": Act(
        lambda: _("处理评分后发现的利害关系"), late_conflicts.decide_settle, _settle_conflict
    ),
    "countersign_case": Act(lambda: _("会签规则外的复议"), case_acts.decide_countersign, countersign_words),
    "void_review": Act(lambda: _("作废评分表"), review_voids.decide_void, void_words),
    "drop_paper": Act(lambda: _("纸质评分表不予计入"), paper_sheets.decide_drop, _drop_paper),
    "drop_out": Act(lambda: _("登记专家退出"), departures.decide_departure, _drop_out),
    "confirm_scores": Act(lambda: _("登记评分确认"), confirmations_by_two.decide_for, confirm_words),
    "record_decision": Act(lambda: _("登记会议审定结果"), decisions.decide_decision, decision_words),
    "reexamine": Act(lambda: _("异议复核"), reexaminations.decide, reexamine),
    "end_reexam": Act(lambda: _("终止重新评审"), reexamination_ends.decide_end, end_reexam),
    "correct_sheet": Act(lambda: _("更正代录差错"), sheet_corrections.decide_correction, correct_sheet),
    **final_list_words.ACTS,
    **objection_words.ACTS,
    "release_notice": Act(lambda: _("发布公示"), publicity_release.decide_release_notice, _release_notice),
}
