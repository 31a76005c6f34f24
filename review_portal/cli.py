"""The command line: `./portal <command>`, the same services as the pages.

Heavy imports stand inside the commands: reading a dossier needs neither Flask nor a database.
"""

from __future__ import annotations

import json
import os
import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from review_portal.cli_application import application, settings_of
from review_portal.cli_archive import archive
from review_portal.cli_assign import assign
from review_portal.cli_audit import refuse_altered
from review_portal.cli_ranking import ranking
from review_portal.cli_refusals import Commands, Refused, Unreadable, says_refusals, told
from review_portal.domain.errors import PortalError
from review_portal.intake.reading_lines import padded, reading_lines

if TYPE_CHECKING:
    from scoring_rubrics.call import Call

DEMO_STATES = ("scoring", "reconciling", "ranked", "decided", "publicity")
HTTP_PORT, LAN_PORT = 8000, 8443


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """评审门户的命令行。"""


main.add_command(archive)
main.add_command(assign)
main.add_command(ranking)


def _first_accounts() -> None:
    """At the very first start: two accounts, their one-time passwords shown once."""
    from review_portal.services import accounts

    created = accounts.bootstrap()
    if not created:
        return
    click.echo("首次启动，已建立两个账号。一次性密码只显示这一次，首次登录后须修改：")
    for account in created:
        login = padded(account.login, 10)
        click.echo(f"  {padded(account.role_label, 10)}账号 {login}一次性密码 {account.password}")


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="监听地址；只用于本机。")
@click.option("--port", type=click.IntRange(1, 65535), help="端口；默认 8000，会议室方式默认 8443。")
@click.option("--lan", metavar="ADDRESS", help="会议室方式：在本机的这个 IP 地址上以 https 提供服务。")
@says_refusals
def serve(host: str, port: int | None, lan: str | None) -> None:
    """迁移数据库并启动门户。"""
    from review_portal import create_app, server, worker

    if lan is None:
        with application() as app:
            _first_accounts()
        settings = settings_of()
        with worker.beside(app):
            server.serve(
                app,
                host,
                port or HTTP_PORT,
                say=click.echo,
                plain_http=settings.allow_plain_http,
                trusted_proxies=settings.trusted_proxies,
            )
        return
    address = str(server.own_address(lan))
    public_url = server.url_of("https", address, port or LAN_PORT)
    direct = {"public_url": public_url, "trusted_proxies": 0}  # no proxy stands before a meeting room
    with application(**direct):
        from review_portal.db import db

        _first_accounts()
        db.engine.dispose()  # the serving process is a fork and opens its own
    server.serve_lan(
        lambda: worker.attached(create_app(**direct)),
        address,
        port or LAN_PORT,
        tls_folder=settings_of(**direct).instance / "tls",
        say=click.echo,
    )


@main.command()
@says_refusals
def migrate() -> None:
    """把数据库升级到最新结构。"""
    with application():
        click.echo("数据库已是最新结构。")


@main.group()
def accounts() -> None:
    """在主机上开设账号、重置密码；每次都记入审计链。"""


@accounts.command("create")
@click.argument("login")
@click.option("--name", required=True, help="姓名。")
@click.option("--role", required=True, help="角色，例如 secretariat。")
@click.option("--call", help="批次编号；不填表示不限于某一批次。")
@says_refusals
def accounts_create(login: str, name: str, role: str, call: str | None) -> None:
    """开设账号 LOGIN，显示一次性密码。"""
    with application():
        from review_portal.services.accounts import create_from_host

        created = create_from_host(login=login, name=name, role=role, call=call)
    click.echo(f"已开设账号 {login}。一次性密码（只显示这一次）：{created.password}")


@accounts.command("reset")
@click.argument("login")
@says_refusals
def accounts_reset(login: str) -> None:
    """重置 LOGIN 的密码，显示一次性密码。"""
    with application():
        from review_portal.services.passwords import reset_from_host

        renewed = reset_from_host(login=login)
    click.echo(f"已重置账号 {login} 的密码。一次性密码（只显示这一次）：{renewed.password}")


@main.group()
def audit() -> None:
    """审计链。"""


@audit.command("verify")
@says_refusals
def audit_verify() -> None:
    """逐条核对审计链及其所记的理由、依据和事项，逐份核对提交的评分表；有不符时退出码为 1。"""
    with application():
        from review_portal.services import audit as chain

        report = chain.verify()
    refuse_altered(report)
    click.echo(f"审计链完整：共 {report.entries} 条，最后一条的校验码 {report.head}")


@main.command()
@click.option(
    "--at", type=click.Choice(DEMO_STATES), default="reconciling", show_default=True, help="停在哪一步。"
)
@click.option(
    "--tie",
    type=click.Choice(("resolved", "unresolved")),
    default="resolved",
    show_default=True,
    help="并列的两家单位能否由并列规则分出先后。",
)
@click.option("--port", type=click.IntRange(1, 65535), default=HTTP_PORT, show_default=True, help="端口。")
@click.option("--no-serve", is_flag=True, help="只建立，不启动。")
@says_refusals
def demo(at: str, tie: str, port: int, no_serve: bool) -> None:
    """在单独的实例中重建演示批次，列出账号，并在本机启动。"""
    from review_portal import clock, server, worker
    from review_portal.demo import build, settings

    settings_of()
    os.umask(0o077)
    opened, present = build(at, tie_unresolved=tie == "unresolved", say=click.echo)
    click.echo("演示账号（演示数据，口令公开，请勿用于实际批次）：")
    for account in opened:
        click.echo(
            f"  {padded(account.role, 10)}{padded(account.name, 16)}"
            f"账号 {padded(account.login, 12)}密码 {account.password}"
        )
    if no_serve:
        return
    with application(**settings()) as app:
        pass  # migrated already; leaving the context gives its connection back before serving begins
    clock.run_from(present)
    with worker.beside(app):
        server.serve(app, "127.0.0.1", port, say=click.echo, plain_http=False)


@main.group()
def jobs() -> None:
    """后台任务，如发送提醒。"""


@jobs.command("run")
@click.option("--once", is_flag=True, help="办完现有任务后退出。")
@says_refusals
def jobs_run(once: bool) -> None:
    """在单独的节点上办理后台任务，直到停止；`./portal run` 已自带，不必另行启动。"""
    from review_portal import worker

    with application() as app:
        pass  # migrated; the worker opens a context for each job
    worker.run_alone(app, once=once, say=click.echo)


@main.group()
def dossier() -> None:
    """申报材料。"""


@dossier.command("read")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--call", "call_folder", type=click.Path(path_type=Path), help="批次规则文件夹。")
@click.option("--recommendation", type=click.Path(path_type=Path), help="推荐汇总表（附件1，xlsx 或 docx）。")
@click.option("--received-at", help="收到时间，ISO 8601 带时区，例如 2023-02-16T10:05:00+08:00。")
@click.option("--json", "as_json", is_flag=True, help="只输出一个 JSON 对象。")
def dossier_read(
    file: Path, call_folder: Path | None, recommendation: Path | None, received_at: str | None, as_json: bool
) -> None:
    """读取申报书 FILE（附件2，docx），列出所填内容与形式审查结果；不需要数据库。"""
    from review_portal.intake.dossier_reading import read_dossier
    from review_portal.intake.recommendation_summary import read_recommendation

    try:
        call = _call(call_folder)
        received = _instant(received_at)
        summary = None
        if recommendation is not None:
            summary = read_recommendation(_bytes(recommendation), recommendation.name)
        found = read_dossier(_bytes(file), file.name, call, summary, received)
    except PortalError as problem:
        raise Unreadable(told(problem)) from problem
    text = json.dumps(found, ensure_ascii=False, indent=2) if as_json else "\n".join(reading_lines(found))
    sys.stdout.buffer.write(text.encode() + b"\n")  # UTF-8 whatever the terminal: other programs read it


@main.group()
def draw() -> None:
    """专家抽取。"""


@draw.command("verify")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--previous",
    type=click.Path(path_type=Path),
    multiple=True,
    help="前次抽取记录：同时核对差异和补抽的承接；三次以上的，各次记录各写一个。",
)
@click.option("--code", help="签字的抽取记录表上的校验码。")
def draw_verify(file: Path, previous: tuple[Path, ...], code: str | None) -> None:
    """重新计算抽取记录 FILE，不需要数据库；有不一致时退出码为 1，不是抽取记录为 2。"""
    from review_portal.domain.draw import read_record, verify_record

    data = _bytes(file)
    try:
        earlier = [_bytes(path) for path in previous]
        problems = verify_record(data, previous=earlier, code=code)
    except PortalError as problem:
        raise Unreadable(told(problem)) from problem
    if problems:
        raise Refused("\n".join([f"发现{len(problems)}处问题，本记录不能采信：", *map(str, problems)]))
    record = read_record(data)
    click.echo(f"抽取记录{record.frozen.event.id}重新计算，逐字节一致。请与签字的抽取记录表核对：")
    codes = {
        "锁定校验码": record.frozen.codes.frozen,
        "抽取校验码": record.code,
        "最近校验码": record.last_code,
    }
    for label, value in codes.items():
        click.echo(f"  {label} {' '.join(value[start : start + 4] for start in range(0, len(value), 4))}")


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as problem:
        raise Unreadable(f"无法读取文件 {path}：请检查路径与权限。（{problem.strerror}）") from problem


def _instant(text: str | None) -> datetime | None:
    """`text` as an aware instant; a deadline cannot be checked against a time without a zone."""
    if text is None:
        return None
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        instant = None
    if instant is None or instant.tzinfo is None:
        raise Unreadable(f"收到时间“{text}”须写成带时区的 ISO 8601，例如 2023-02-16T10:05:00+08:00。")
    return instant


def _call(folder: Path | None) -> Call:
    """The call of `folder`, or the only one that the house has."""
    from scoring_rubrics import RubricFault, load_call

    rubrics = settings_of().rubrics
    if folder is None:
        shipped = sorted(path.parent for path in rubrics.glob("*/call.toml"))
        if len(shipped) != 1:
            names = "、".join(path.name for path in shipped) or "无"
            raise Unreadable(f"请用 --call 指定批次规则文件夹（现有：{names}）。")
        folder = shipped[0]
    try:
        return load_call(folder if folder.exists() else rubrics / folder)
    except (RubricFault, OSError) as problem:
        raise Unreadable(f"无法读取批次规则 {folder}：{problem}") from problem


if __name__ == "__main__":
    main(prog_name="portal")
