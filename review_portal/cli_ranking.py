"""`./portal ranking verify`: frozen rankings computed again, their papers made again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from review_portal.cli_application import application
from review_portal.cli_refusals import Refused, says_refusals
from review_portal.domain.chinese_dates import time_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from review_portal.services.ranking_verification import Checked

NAMES = {"final": "最终排名", "shortlist": "入围名单"}


@click.group()
def ranking() -> None:
    """冻结的排名。"""


@ranking.command("verify")
@click.argument("call", required=False)
@says_refusals
def verify(call: str | None) -> None:
    """由评分重新计算冻结的排名，重新生成其文书；CALL 为批次编号，不写为全部。有不符时退出码为 1。"""
    with application():
        from review_portal.services import ranking_verification

        found = ranking_verification.verify(call=call)
    click.echo("\n".join(lines(found)) or "没有冻结的排名。")
    refuse_differing(found)


def lines(found: Sequence[Checked]) -> list[str]:
    """A head for each ranking and one line for each thing that was compared."""
    told = []
    for item in found:
        version = f"{NAMES[item.kind]}第{item.version}版"
        told.append(f"{item.title}（{item.call}）{version}　{time_text(item.frozen_at)}冻结")
        told += [f"  {'一致' if c.holds else '不符'}　{c.what}：{c.words}" for c in item.checks]
    return told


def refuse_differing(found: Sequence[Checked]) -> None:
    """Refuse when something differs, naming the rankings. Raises `Refused`."""
    bad = [f"{item.call} {NAMES[item.kind]}第{item.version}版" for item in found if not item.holds]
    if bad:
        raise Refused(f"以下冻结的排名核验不符：{'、'.join(bad)}。请保留数据库并通知监督人员。")
