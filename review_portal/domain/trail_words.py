"""Words for the audit trail's codes: acts, and what they were done to. A test keeps them complete."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from review_portal.domain.messages import Message, mark

_ASKED: Final[Mapping[str, Message]] = {
    "ask_absent": mark("申请确认缺席"),
    "approve_absent": mark("同意确认缺席"),
    "refuse_absent": mark("不同意确认缺席"),
    "ask_issue_password": mark("申请重发密码"),
    "approve_issue_password": mark("同意重发密码"),
    "refuse_issue_password": mark("不同意重发密码"),
    "ask_open_accounts": mark("申请开通账号"),
    "approve_open_accounts": mark("同意开通账号"),
    "refuse_open_accounts": mark("不同意开通账号"),
    "ask_revoke_role": mark("申请收回角色"),
    "approve_revoke_role": mark("同意收回角色"),
    "refuse_revoke_role": mark("不同意收回角色"),
    "ask_reject_dossier": mark("提出拟不予受理"),
    "approve_reject_dossier": mark("同意不予受理"),
    "refuse_reject_dossier": mark("不同意不予受理"),
    "ask_release_notice": mark("提交发布公示"),
    "approve_release_notice": mark("同意发布公示"),
    "refuse_release_notice": mark("不同意发布公示"),
    "ask_unseal": mark("申请启封评分"),
    "approve_unseal": mark("同意启封评分"),
    "refuse_unseal": mark("不同意启封评分"),
    "ask_void_round": mark("申请作废本轮"),
    "approve_void_round": mark("同意作废本轮"),
    "refuse_void_round": mark("不同意作废本轮"),
}
ACTIONS: Final[Mapping[str, Message]] = {
    **_ASKED,
    # accounts
    "lock_account": mark("连续输错密码，账号暂时锁定"),
    "log_in": mark("登录"),
    "open_account": mark("开通账号"),
    "grant_role": mark("授予已有账号角色"),
    "revoke_role": mark("收回角色"),
    "issue_password": mark("发放一次性密码"),
    "reset_password": mark("在主机上重置密码"),
    "change_password": mark("修改密码"),
    # call
    "create_call": mark("新建批次"),
    "publish": mark("发布批次"),
    "close_intake": mark("结束受理"),
    "approve_scheme": mark("登记评审工作方案批准"),
    "record_decision": mark("登记会议审定结果"),
    # dossiers
    "receive_dossier": mark("收件登记"),
    "supplement_dossier": mark("收到补正材料"),
    "accept_changes_dossier": mark("同意补正件的改动"),
    "confirm_findings": mark("人工确认审查意见"),
    "accept_dossier": mark("形式审查通过"),
    "return_dossier": mark("退回补正"),
    "reject_dossier": mark("不予受理"),
    "withdraw_dossier": mark("撤回申报"),
    "add_recommendation": mark("登记推荐汇总表"),
    # experts and assignment
    "import_experts": mark("导入专家名单"),
    "lock_draw": mark("锁定抽取名单"),
    "cancel_draw": mark("撤销锁定的名单"),
    "commit_draw": mark("提交抽取的密数校验码"),
    "fix_public_value": mark("记录公开数"),
    "reveal_draw": mark("公开抽取的密数"),
    "refuse_reveal": mark("登记未公开密数"),
    "draw_experts": mark("抽取专家"),
    "call_log": mark("电话确认"),
    "take_over_calls": mark("接手电话确认"),
    "substitute": mark("候补递进"),
    "set_panel": mark("确定专家组"),
    "assign": mark("分派评审任务"),
    "unassign": mark("取消分派"),
    "decide_recusal": mark("决定回避"),
    "sign_pledge": mark("签署评审承诺"),
    "declare": mark("回避声明"),
    "request_recusal": mark("申请回避"),
    "sign_in": mark("专家签到"),
    "elect_chair": mark("推举组长"),
    # scoring
    "open_round": mark("开启评审"),
    "submit_review": mark("提交评分"),
    "withdraw_review": mark("撤回修改"),
    "close_round": mark("结束评分并封存"),
    "unseal": mark("启封评分"),
    "open_case": mark("提请复议"),
    "answer_case": mark("答复复议"),
    "finish_round": mark("结束复议"),
    # defense
    "prepare_defense": mark("生成答辩名单"),
    "draw_defense_order": mark("抽定答辩顺序"),
    "set_timetable": mark("排定答辩时间"),
    "call_in": mark("请单位进场"),
    "record_defense": mark("登记答辩记录"),
    "record_absence": mark("登记放弃答辩"),
    # ranking
    "freeze_shortlist": mark("冻结入围名单"),
    "freeze_ranking": mark("冻结排名"),
    # publicity
    "draft_notice": mark("生成公示稿"),
    "edit_notice": mark("修改公示稿"),
    "release_notice": mark("发布公示"),
}
OBJECTS: Final[Mapping[str, Message]] = {
    "account": mark("账号"),
    "call": mark("批次"),
    "case": mark("复议"),
    "defense_slot": mark("答辩场次"),
    "dossier": mark("申报材料"),
    "expert_draw": mark("专家抽取"),
    "notice": mark("公示稿"),
    "panel_member": mark("专家组成员"),
    "ranking": mark("排名"),
    "recommendation": mark("推荐汇总表"),
    "review": mark("评审件"),
    "round": mark("评审轮次"),
}


def action_word(code: str) -> Message:
    """The Chinese word for an act; a code that nobody named stands as it is."""
    return ACTIONS.get(code) or Message(code)


def object_word(kind: str) -> Message:
    """The Chinese word for what an act was done to."""
    return OBJECTS.get(kind) or Message(kind)
