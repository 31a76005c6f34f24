"""Words and shapes of the secretariat's pages: states, suggestions, results, acts. No rule here."""

from __future__ import annotations

from flask_babel import gettext

from review_portal.domain.messages import Message, mark

Word = tuple[str, Message]  # shape and word of a state

DOSSIER_STATES: dict[str, Word] = {
    "draft": ("none", mark("草稿")),
    "filed": ("part", mark("已报区县")),
    "recommended": ("part", mark("区县已推荐")),
    "received": ("part", mark("形式审查中")),
    "returned": ("warn", mark("已退回（待补正）")),
    "eligible": ("done", mark("形式审查通过")),
    "rejected": ("bad", mark("不予受理")),
    "withdrawn": ("out", mark("已撤回")),
}
LISTED_STATES = ("received", "returned", "eligible", "rejected", "withdrawn")

CALL_STATES: dict[str, Word] = {
    "draft": ("none", mark("草稿")),
    "receiving": ("part", mark("受理中")),
    "reviewing": ("part", mark("评审中")),
    "ranked": ("part", mark("已排名")),
    "decided": ("part", mark("已审定")),
    "publicity": ("part", mark("公示中")),
    "listed": ("done", mark("名单已确定")),
    "delivering": ("done", mark("实施中")),
    "archived": ("out", mark("已归档")),
    "void": ("out", mark("已终止")),
}

SUGGESTIONS: dict[str, Word] = {
    "eligible": ("done", mark("建议受理")),
    "eligible_after_manual_confirmation": ("part", mark("人工确认后可受理")),
    "needs_correction": ("warn", mark("建议退回补正")),
    "ineligible": ("bad", mark("有不符合项，须决定")),
}

RESULTS: dict[str, Word] = {
    "pass": ("done", mark("符合")),
    "fail": ("bad", mark("不符合")),
    "warn": ("warn", mark("提示")),
    "manual": ("part", mark("待确认")),
    "not_evaluated": ("none", mark("未核对")),
}

SEVERITIES = {
    "reject": mark("不符合时拟不予受理"),
    "correctable": mark("不符合时可补正"),
    "warn_only": mark("仅作提示"),
}

ACTS = {
    "accept": mark("受理"),
    "return": mark("退回补正"),
    "supplement": mark("收到补正件"),
    "reject": mark("不予受理"),
    "withdraw": mark("撤回申报"),
}

RECORDS = {
    "create_call": mark("新建批次"),
    "publish": mark("发布批次"),
    "close_intake": mark("结束受理"),
    "approve_scheme": mark("登记方案审批"),
    "receive_dossier": mark("收件"),
    "add_recommendation": mark("登记推荐汇总表"),
    "confirm_findings": mark("人工确认"),
    "accept_dossier": mark("受理"),
    "return_dossier": mark("退回补正"),
    "supplement_dossier": mark("收到补正件"),
    "reject_dossier": mark("不予受理"),
    "withdraw_dossier": mark("登记撤回"),
    "ask_reject_dossier": mark("申请不予受理"),
    "approve_reject_dossier": mark("复核同意不予受理"),
    "refuse_reject_dossier": mark("复核退回不予受理申请"),
    "open_account": mark("开通账号"),
    "ask_open_accounts": mark("申请开通账号"),
    "approve_open_accounts": mark("同意开通账号"),
    "refuse_open_accounts": mark("未同意开通账号"),
    "issue_password": mark("发放一次性密码"),
    "open_round": mark("开启评审"),
    "close_round": mark("结束评分并封存"),
    "record_decision": mark("登记会议审定结果"),
    "answer_case": mark("答复复议"),
    "assign": mark("分派"),
    "unassign": mark("取消分派"),
    "call_in": mark("答辩入场"),
    "change_password": mark("修改密码"),
    "decide_recusal": mark("决定回避"),
    "declare": mark("回避声明"),
    "draft_notice": mark("生成公示稿"),
    "edit_notice": mark("修改公示稿"),
    "draw_defense_order": mark("抽取答辩顺序"),
    "elect_chair": mark("推举组长"),
    "finish_round": mark("结束复议"),
    "import_experts": mark("导入专家"),
    "open_case": mark("提请复议"),
    "prepare_defense": mark("准备现场答辩"),
    "request_recusal": mark("申请回避"),
    "set_panel": mark("确定专家组"),
    "set_timetable": mark("安排答辩时间"),
    "sign_in": mark("签到"),
    "sign_pledge": mark("签署评审承诺"),
    "submit_review": mark("提交评分"),
    "withdraw_review": mark("撤回修改"),
    "unseal": mark("启封评分"),
    "freeze_ranking": mark("冻结排名"),
    "freeze_shortlist": mark("冻结入围名单"),
    "ask_unseal": mark("申请启封评分"),
    "approve_unseal": mark("同意启封评分"),
    "refuse_unseal": mark("未同意启封评分"),
    "ask_absent": mark("申请确认缺席"),
    "approve_absent": mark("确认缺席"),
    "refuse_absent": mark("未确认缺席"),
    "ask_release_notice": mark("提交发布公示"),
    "approve_release_notice": mark("同意发布公示"),
    "refuse_release_notice": mark("未同意发布公示"),
}


def word(pair: Word) -> tuple[str, str]:
    """A shape and its word in the reader's language."""
    return pair[0], gettext(pair[1].msgid)


def named(words: dict[str, Message], key: str) -> str:
    """The word for a key; a key without one is shown as it is."""
    return gettext(words[key].msgid) if key in words else key
