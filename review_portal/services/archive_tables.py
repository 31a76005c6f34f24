"""Which rows of the database belong to a call: found by their foreign keys, so that new tables come along.

A table hangs on the call, or on something that does. What does not, or must not leave the portal, is named
here with the reason; a test holds that every table is one or the other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.db import Model
from review_portal.models.calls import Call
from review_portal.services import bindings

Filter = Callable[[Any, str, Any], Any]  # (table's name, column's name, value) -> value

# Left out in both profiles, with what the archive says about it.
EXCLUDED: Final[Mapping[str, str]] = {
    "accounts": "账号和口令不随档；办理人员的姓名见“办理人员”",
    "login_sessions": "登录记录不随档",
    "entry_passes": "入场凭证含口令摘要，不随档",
    "grants": "账号的角色不随档；授予和收回见监督记录",
    "jobs": "后台任务不是业务内容",
    "review_drafts": "未提交的草稿不是评审结果",
    "draw_secrets": "抽取密数公开后见抽取记录；未公开的不随档",
    "audit_entries": "见“监督记录”文件夹",
    "audit_bindings": "见“监督记录”文件夹",
    "stored_files": "见“原件”文件夹",
    "rule_sets": "见“规则”文件夹",
    "experts": "专家库为各批次共用；本批次的专家见“专家”",
    "expert_absences": "专家库为各批次共用",
    "expert_ties": "专家库为各批次共用；据以回避的关系见“回避”",
    "archives": "归档文件本身",
    "clerk_signatures": "签名图样不随档",
    "working_day_tables": "工作日表为各批次共用；据以计算的起止日期见“公示期登记”",
}
# Whoever complains is known to the supervisor alone: never in an archive, whatever table it is kept in.
_SEALED_NAMES: Final = ("identit", "complainant", "whistle")
SEALED_WORDS: Final = "投诉举报人的身份由监督人员另行保管，归档文件中只有封存声明"
# Columns that are secrets or technical, in whatever table.
_SECRET: Final = ("secret", "nonce", "code_hash", "token_hash", "password_hash", "request_key")
_POINTS: Final = frozenset(
    {"review_revisions", "revision_points", "transcriptions", "transcribed_revisions", "paper_scans"}
)

TITLES: Final[Mapping[str, str]] = {
    "calls": "批次",
    "rounds": "评审轮次",
    "dossiers": "申报书",
    "dossier_versions": "申报书版本",
    "dossier_units": "申报单位",
    "dossier_acts": "收件办理",
    "dossier_attachments": "证明材料",
    "recommendation_lists": "推荐汇总表",
    "recommendation_entries": "推荐汇总表条目",
    "findings": "形式审查发现",
    "finding_answers": "形式审查处理",
    "panel_members": "专家组成员",
    "panel_splits": "专家组分工",
    "reviews": "分派",
    "review_revisions": "评分提交",
    "revision_points": "评分明细",
    "review_voids": "评分作废",
    "recusals": "回避",
    "recusal_liftings": "解除回避",
    "declarations": "利害关系申明",
    "reconciliation_cases": "复议",
    "case_acts": "复议办理",
    "case_discussions": "复议讨论",
    "panel_opinions": "专家组意见",
    "opinion_answers": "专家组意见答复",
    "tie_votes": "并列表决",
    "tie_choices": "并列表决选择",
    "tie_closings": "并列表决结果",
    "rankings": "冻结的排名",
    "review_reports": "评审报告版本",
    "ranking_rows": "名次",
    "ranking_papers": "冻结时登记的文书校验码",
    "decisions": "会议审定",
    "reexaminations": "异议复核",
    "approvals": "双人确认",
    "notice_drafts": "公示稿",
    "draw_numbers": "抽取编号",
    "paper_scans": "纸质评分表扫描件",
    "supervision_notes": "监督记录表",
    "objections": "异议投诉",
    "notice_edits": "公示稿修改经过",
    "publicity_events": "公示期登记",
    "office_facts": "办公信息",
    "paper_facts": "文书待填事项",
    "issued_certificates": "参评证明",
    "issued_letters": "签发的文书",
    "letter_deliveries": "文书送达",
    "result_deliveries": "结果告知书送达",
    "objection_files": "异议投诉材料",
    "objection_acts": "异议投诉办理",
    "dossier_holds": "暂缓",
    "dossier_releases": "解除暂缓",
    "later_decisions": "后续决定",
    "list_papers": "名单发文",
    "list_changes": "名单变动",
    "list_appearances": "名单公布",
    "final_lists": "公布名单",
    "result_notices": "结果告知",
    "result_notice_events": "结果告知送达",
    "signature_events": "签字件登记",
    "signature_waivers": "缺签字件的理由",
    "supervision_forms": "监督记录表版本",
    "expert_draws": "专家抽取",
    "draw_acts": "抽取步骤",
    "draw_callers": "抽取电话人",
    "drawn_records": "抽取结果",
    "phone_calls": "抽取电话记录",
    "defense_commitments": "答辩顺序密数",
    "defense_orders": "答辩顺序",
    "defense_slots": "答辩场次",
    "defense_meetings": "答辩会务",
    "defense_records": "答辩记录",
    "defense_rooms": "答辩现场",
    "defense_moves": "答辩场次调整",
    "defense_notifications": "答辩通知",
    "late_arrivals": "迟到",
    "holds": "暂停",
    "hold_liftings": "解除暂停",
    "meeting_marks": "会议日清单",
    "ranking_insights": "排名说明",
    "tie_referrals": "并列上报",
    "attachment_removals": "证明材料移除",
    "chair_elections": "组长推举",
    "deadline_extensions": "时限延长",
    "opinion_settlements": "专家组意见定稿",
    "panel_departures": "专家退出",
    "panel_substitutes": "专家替补",
    "presence_events": "到会签到",
    "reminders": "提醒",
    "reminder_events": "提醒结果",
    "score_confirmations": "评分确认",
    "unit_changes": "单位变更",
    "found_conflicts": "发现的回避情形",
    "conflict_decisions": "回避情形处理",
    "paper_sheets": "纸质评分表",
    "transcriptions": "纸质评分表代录",
    "transcribed_revisions": "代录的评分",
    "corrected_revisions": "更正的评分",
    "void_requests": "作废申请",
}


def title_of(table: str) -> str:
    """What a table's file is called; a table without a name here keeps its own."""
    return TITLES.get(table, table)


def sealed(table: str) -> bool:
    """Whether a table holds who has complained."""
    return any(word in table for word in _SEALED_NAMES)


def tables() -> list[sa.Table]:
    """The tables whose rows of a call go into its archive, parents first."""
    return [table for table in Model.metadata.sorted_tables if _owners(table) or table.name == "calls"]


def unplaced() -> list[str]:
    """Tables that hang on no call and are not named as left out: nobody has decided about them."""
    return [
        table.name
        for table in Model.metadata.sorted_tables
        if not _owners(table)
        and table.name not in EXCLUDED
        and table.name != "calls"
        and not sealed(table.name)
    ]


def _owners(table: sa.Table) -> list[sa.Column[Any]]:
    """Columns by which a row belongs to a call; the surest alone where there is one."""
    if table.name in EXCLUDED or sealed(table.name):
        return []
    found = [
        column
        for column in table.columns
        for key in column.foreign_keys
        if key.column.table is not table and _belongs(key.column.table)
    ]
    direct = [column for column in found if _parent(column).name == "calls"]
    sure = [column for column in found if not column.nullable]
    return direct[:1] or sure[:1] or found


def _belongs(table: sa.Table) -> bool:
    return table.name == "calls" or bool(_owners(table))


def _parent(column: sa.Column[Any]) -> sa.Table:
    return next(iter(column.foreign_keys)).column.table


def belonging(table: sa.Table, call_id: int) -> sa.ColumnElement[bool]:
    """The rows of the table that belong to the call; of rounds never unsealed no scores."""
    if table.name == "calls":
        return table.c.id == call_id
    ways = []
    for column in _owners(table):
        parent = _parent(column)
        if parent.name == "calls":
            ways.append(column == call_id)
        else:
            ways.append(column.in_(sa.select(parent.c.id).where(belonging(parent, call_id))))
    condition = sa.or_(*ways)
    return condition & _opened(table) if table.name in _POINTS else condition


def _opened(table: sa.Table) -> sa.ColumnElement[bool]:
    """Scores leave the portal only of rounds that two people have unsealed."""
    known = Model.metadata.tables
    rounds = sa.select(known["rounds"].c.id).where(known["rounds"].c.unsealed_at.is_not(None))
    reviews = sa.select(known["reviews"].c.id).where(known["reviews"].c.round_id.in_(rounds))
    for name, above in (
        ("review_id", None),
        ("revision_id", "review_revisions"),
        ("paper_id", "paper_sheets"),
    ):
        if name in table.c:
            column: sa.ColumnElement[Any] = table.c[name]
            if above is None:
                return column.in_(reviews)
            parent = known[above]
            return column.in_(sa.select(parent.c.id).where(parent.c.review_id.in_(reviews)))
    raise LookupError(table.name)


def columns(table: sa.Table) -> list[sa.Column[Any]]:
    """What of a table is exported: no secrets, no number of the database where there is a public one."""
    has_public = "public_id" in table.c
    return [
        column
        for column in table.columns
        if column.name not in _SECRET and not (column.name == "id" and has_public)
    ]


def any_row(session: Session, table: sa.Table, call: Call) -> bool:
    """Whether the call has a row in the table: an empty one gets no file."""
    query = sa.select(sa.literal(1)).select_from(table).where(belonging(table, call.id)).limit(1)
    return session.scalar(query) is not None


def rows(session: Session, table: sa.Table, call: Call) -> Iterator[dict[str, Any]]:
    """Rows of the call in the order of the keys; references carry the public id of what they refer to.

    A time is said as in what the trail binds, so that both can be compared.
    """
    chosen = [_exported(column).label(column.name) for column in columns(table)]
    query = sa.select(*chosen).where(belonging(table, call.id)).order_by(*table.primary_key.columns)
    found = session.execute(query, execution_options={"yield_per": 1000})
    for row in found.mappings():
        yield {name: bindings.said(value) for name, value in row.items()}


def _exported(column: sa.Column[Any]) -> sa.ColumnElement[Any]:
    if not column.foreign_keys:
        special = _BY_NUMBER.get((column.table.name, column.name))
        if special is None:
            return column
        parent, key = Model.metadata.tables[special], "id"
    else:
        target = next(iter(column.foreign_keys)).column
        parent, key = target.table, target.name
    if "public_id" not in parent.c:
        return column
    other = parent.alias()
    return sa.select(other.c.public_id).where(other.c[key] == column).scalar_subquery()


# References that the database cannot declare, because the two tables point at each other.
_BY_NUMBER: Final[Mapping[tuple[str, str], str]] = {
    ("reviews", "revision_id"): "review_revisions",
    ("dossiers", "current_version_id"): "dossier_versions",
    ("rankings", "reexamination_id"): "reexaminations",
    ("rounds", "reexamination_id"): "reexaminations",
}
