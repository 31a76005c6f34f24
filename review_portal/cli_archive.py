"""`./portal archive`: a call's archive written into a folder, and any archive checked."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from review_portal.cli_application import application
from review_portal.cli_refusals import Commands, says_refusals


class ArchiveCommands(Commands):
    """`archive verify FILE`, or `archive CALL --to DIR`: what is no command is a call."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put the name of the plain act before a call."""
        if args and args[0] not in self.commands and args[0] not in ("-h", "--help"):
            args = ["make", *args]
        return super().parse_args(ctx, args)


@click.group(cls=ArchiveCommands)
def archive() -> None:
    """归档：archive CALL --to 文件夹；archive verify 归档.zip。"""


@archive.command("make")
@click.argument("call")
@click.option(
    "--to",
    "folder",
    required=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="放归档文件的文件夹。",
)
@click.option(
    "--profile",
    type=click.Choice(("full", "masked")),
    default="full",
    show_default=True,
    help="full 完整归档；masked 遮盖个人信息，供检查用。",
)
@says_refusals
def make(call: str, folder: Path, profile: str) -> None:
    """把批次 CALL 的归档写入文件夹，显示光盘标签。"""
    with application():
        from review_portal.services import archives

        place, made = archives.write_from_host(call=call, profile=profile, folder=folder)
    click.echo(f"已写入 {place}（{made.size / 1_000_000:.1f} 兆字节，未收录 {made.left_out} 项）")
    click.echo(made.label, nl=False)


@archive.command("verify")
@click.argument("file", type=click.Path(exists=True, path_type=Path))
@click.option("--manifest", default="", help="光盘标签上的清单校验码。")
@click.option("--checkpoint", default="", help="另存的检查点，写作 序号:校验码。")
def verify(file: Path, manifest: str, checkpoint: str) -> None:
    """核对归档文件或解压后的文件夹；用门户自带的程序，有不符时退出码为 1。"""
    from review_portal.exports.standalone import verify as script

    sys.exit(script.main([str(file), "--manifest", manifest, "--checkpoint", checkpoint]))
