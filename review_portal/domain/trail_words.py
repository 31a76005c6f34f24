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
    "export_experts": mark("导出专家名单"),
    "edit_expert": mark("修改专家登记"),
    "unmask_expert": mark("查看专家联系方式"),
    "merge_experts": mark("合并专家登记"),
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
    "expert": mark("专家"),
    "expert_draw": mark("专家抽取"),
    "notice": mark("公示稿"),
    "panel_member": mark("专家组成员"),
    "ranking": mark("排名"),
    "recommendation": mark("推荐汇总表"),
    "review": mark("评审件"),
    "round": mark("评审轮次"),
}


# What is read out of an entry, in this order: key -> label and how its value is said
# (text; list: of texts; code: its first characters; names: ids as names; time; day; count; word: of a fixed
# vocabulary; flag: said where it is so; places: of a form; findings: with their bases).
FACTS: Final[Mapping[str, tuple[Message, str]]] = {
    "event": (mark("抽取编号"), "text"),
    "role": (mark("角色"), "word"),
    "answer": (mark("答复"), "word"),
    "result": (mark("结论"), "word"),
    "conditions": (mark("附带条件"), "text"),
    "trigger": (mark("触发原因"), "word"),
    "question": (mark("问题"), "text"),
    "member": (mark("组长"), "names"),
    "method": (mark("方式"), "word"),
    "votes": (mark("得票"), "count"),
    "voters": (mark("到会"), "count"),
    "witness": (mark("见证人"), "text"),
    "checked_by": (mark("核验人"), "text"),
    "expert": (mark("专家"), "names"),
    "experts": (mark("专家"), "names"),
    "dossier": (mark("材料"), "names"),
    "dossiers": (mark("材料"), "names"),
    "assigned": (mark("分派"), "names"),
    "pairs": (mark("取消"), "names"),
    "refused": (mark("因回避未分派"), "count"),
    "cleared": (mark("经核实仍分派"), "names"),
    "order": (mark("顺序"), "names"),
    "position": (mark("顺序"), "count"),
    "first": (mark("开始时间"), "time"),
    "break_minutes": (mark("间隔分钟"), "count"),
    "missed": (mark("未评"), "names"),
    "sheets": (mark("评分表"), "names"),
    "findings": (mark("审查结论"), "findings"),
    "changes": (mark("改动"), "places"),
    "ordinal": (mark("版次"), "count"),
    "received_at": (mark("收件时间"), "time"),
    "overdue": (mark("是否逾期"), "flag"),
    "due_at": (mark("补正截止"), "time"),
    "deadline": (mark("评分截止"), "time"),
    "added": (mark("新增"), "count"),
    "updated": (mark("更新"), "count"),
    "people": (mark("人数"), "count"),
    "columns": (mark("修改项"), "list"),
    "merged": (mark("并入的登记"), "names"),
    "kept_apart": (mark("一并登记的回避"), "count"),
    "findings_changed": (mark("变动的审查意见"), "count"),
    "meeting": (mark("会议"), "text"),
    "on": (mark("日期"), "day"),
    "until": (mark("公示截止"), "day"),
    "minutes_number": (mark("纪要号"), "text"),
    "outcome": (mark("结论"), "text"),
    "selected": (mark("入选"), "names"),
    "departures": (mark("与排名建议不一致的理由"), "text"),
    "reference": (mark("文号"), "text"),
    "approved_by": (mark("批准人"), "text"),
    "fields": (mark("修改项"), "word"),
    "look": (mark("专家组说明"), "text"),
    "reason": (mark("事由"), "text"),
    "basis": (mark("依据"), "text"),
    "note": (mark("意见"), "text"),
    "digest": (mark("校验码"), "code"),
    "version": (mark("材料校验码"), "code"),
    "letter": (mark("函件校验码"), "code"),
    "file": (mark("文件校验码"), "code"),
    "scheme": (mark("方案校验码"), "code"),
    "frozen": (mark("校验码"), "code"),
    "sealed": (mark("封存校验码"), "code"),
    "commitment": (mark("回执校验码"), "code"),
    "ranking": (mark("排名校验码"), "code"),
    "list": (mark("名单校验码"), "code"),
}
# Stand in the download only: they repeat the object, or mean something to programs.
UNTOLD: Final = frozenset(
    {
        "answers",  # said with their bases, from the confirmations themselves
        "approval",
        "before",
        "change",
        "folder",
        "input",
        "number",
        "preview",
        "removed",
        "revision",
        "round",
        "rules",
        "state",
        "units",
        "words",
    }
)


def action_word(code: str) -> Message:
    """The Chinese word for an act; a code that nobody named stands as it is."""
    return ACTIONS.get(code) or Message(code)


def object_word(kind: str) -> Message:
    """The Chinese word for what an act was done to."""
    return OBJECTS.get(kind) or Message(kind)
