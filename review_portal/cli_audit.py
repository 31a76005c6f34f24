"""What the command line says about a trail that has been altered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from review_portal.cli_refusals import Refused

if TYPE_CHECKING:
    from review_portal.services.audit import ChainReport


def refuse_altered(report: ChainReport) -> None:
    """Refuse with what no longer holds, the chain itself first. Raises `Refused`."""
    if report.broken_at is not None:
        raise Refused(
            f"审计链在第 {report.broken_at} 条断裂：该条或其前一条被改动过。请保留数据库并通知监督人员。"
        )
    if report.sheets:
        names = "、".join(f"{sheet.number}（回执编号 {sheet.receipt}）" for sheet in report.sheets)
        raise Refused(
            f"以下评分表与提交时的回执校验码不符：{names}。提交后的得分、理由或意见被改动过。"
            "请保留数据库并通知监督人员。"
        )
    if report.changed:
        numbers = "、".join(map(str, report.changed))
        raise Refused(
            f"审计链第 {numbers} 条所记的理由、依据或事项与现存内容不符：内容被改动过。"
            "请保留数据库并通知监督人员。"
        )
    if report.unbound:
        raise Refused(
            f"有 {report.unbound} 项现存内容在审计链上没有记录：不是经本系统办理的。"
            "请保留数据库并通知监督人员。"
        )
