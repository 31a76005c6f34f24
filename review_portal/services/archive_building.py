"""Writing an archive: every part in turn to a draft on the disk, which is gone again if anything breaks."""

from __future__ import annotations

import errno
import hashlib
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from sqlalchemy.orm import Session

from review_portal.domain.chinese_dates import local_date
from review_portal.domain.errors import Busy, Conflict
from review_portal.domain.messages import mark
from review_portal.domain.policy import Viewer
from review_portal.exports import archive_index, archive_words
from review_portal.exports.archive_file import Packer, Part
from review_portal.exports.archive_words import Head
from review_portal.models.calls import Call, Round
from review_portal.services import archive_masks, archive_parts, archive_trail, signature_state
from review_portal.services.archive_parts import Making
from review_portal.services.rules import rules_of

FINAL: Final = ("listed", "delivering", "archived", "void")
ALLOWED: Final = ("ranked", "decided", "publicity", *FINAL)
FULL: Final = mark("磁盘空间不足，归档没有写成，也没有留下文件。请管理员腾出空间后重新制作。")
UNWRITTEN: Final = mark("读写文件时出错，归档没有写成，也没有留下文件。请管理员检查数据文件夹后重新制作。")
_NO_SPACE: Final = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_ENDED: Final = ("draft", "finished", "void")
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Built:
    """A written archive: its file and what the portal keeps of it."""

    place: Path
    sha256: str
    size: int
    manifest: str
    entries: int
    head: str
    files: int
    left_out: int
    final: bool
    label: str


def refuse_unready(session: Session, call: Call) -> None:
    """Raise `Conflict` before anything is frozen, while sealed or unreconciled scores lie in a round, and,
    once the call has ended, while signed originals are missing: an interim archive only lists them.
    """
    if call.state not in ALLOWED:
        raise Conflict(mark("排名冻结以后才能归档；冻结前请从“文书”下载单份文书。"))
    for row in session.query(Round).filter(Round.call_id == call.id):
        if row.state not in _ENDED:
            raise Conflict(mark("有评审轮次尚未结束，评分还不能离开系统，请在该轮次结束后归档。"))
    if call.state in FINAL:
        signature_state.refuse_missing(session, call, "archive")


def archivist(call: Call) -> Viewer:
    """Sees what the offices of this call see together: an archive holds the papers of both."""
    return Viewer(0, "", "归档", frozenset({("secretariat", call.id), ("supervisor", call.id)}))


@contextmanager
def built(session: Session, call: Call, profile: str, folder: Path, progress: Progress) -> Iterator[Built]:
    """Write the archive of a call into a draft in `folder`; the caller moves it away or it is deleted.

    Reads one state of the database throughout. `progress(done, of)` is told after every part and may raise.
    Raises `Busy` where the disk takes no more, `Conflict` as `refuse_unready`.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.rollback()
        session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
    refuse_unready(session, call)
    handle, name = tempfile.mkstemp(prefix="archive-", suffix=".part", dir=folder)
    draft = Path(name)
    try:
        with os.fdopen(handle, "wb") as target:
            making = _making(session, call, profile)
            found = _write(making, profile, target, progress)
            target.flush()
            os.fsync(target.fileno())
        yield found(draft)
    except OSError as problem:
        raise Busy(FULL if problem.errno in _NO_SPACE else UNWRITTEN) from problem
    finally:
        draft.unlink(missing_ok=True)


def _making(session: Session, call: Call, profile: str) -> Making:
    masker = archive_masks.masker(session, call) if profile == "masked" else None
    until = archive_trail.checkpoint(session)
    return Making(session, archivist(call), call, rules_of(call), until, masker)


def _write(making: Making, profile: str, target: object, progress: Progress) -> Callable[[Path], Built]:
    total = making.list_contents()
    day = archive_parts.default_day(making)
    packer = Packer(target, day)  # type: ignore[arg-type]
    head = _head(making, profile)
    try:
        return _filled(making, packer, head, day, total, progress)
    except BaseException:
        packer.abandon()
        raise


def _filled(
    making: Making, packer: Packer, head: Head, day: date, total: int, progress: Progress
) -> Callable[[Path], Built]:
    for done, part in enumerate(archive_parts.parts(making), start=1):
        if part is not None:
            packer.add(part)
        progress(min(done, total - 1), total)
    if making.call.state not in FINAL:
        lacking = signature_state.missing(making.session, making.call, "archive")
        making.left += [
            (archive_parts.shown(making, paper.name), "签字件的扫描件尚未登记") for paper in lacking
        ]
    packer.add(archive_parts.left_out(making))
    size = sum(item.size for item in packer.written)
    guide = archive_words.guide(head, notes(making, head.profile))
    packer.add(_text("阅读说明.txt", guide))
    files = len(packer.written) + 3  # label, index, manifest
    packer.add(_text("光盘标签.txt", archive_words.label(head, files=files, size=size)))
    index = archive_index.write(head.name, packer.written, making.until.head[:16], day)
    packer.add(Part("归档目录.xlsx", lambda: (index,)))
    manifest = packer.finish()
    label = archive_words.label(head, files=files, size=size, code=manifest)

    def told(place: Path) -> Built:
        until = making.until
        left = len(making.left)
        return Built(
            place, *_digest(place), manifest, until.entries, until.head, files, left, head.final, label
        )

    return told


def _text(path: str, text: str) -> Part:
    return Part(path, lambda: (text.encode(),))


def _digest(place: Path) -> tuple[str, int]:
    sha, size = hashlib.sha256(), 0
    with place.open("rb") as stream:
        while chunk := stream.read(1 << 20):
            sha.update(chunk)
            size += len(chunk)
    return sha.hexdigest(), size


def _head(making: Making, profile: str) -> Head:
    rules, until = making.rules, making.until
    return Head(
        rules.short_title,
        rules.document_number,
        rules.issuer,
        making.call.public_id,
        profile,
        making.call.state in FINAL,
        local_date(until.at or making.call.created_at),
        until.entries,
        until.head,
    )


def notes(making: Making, profile: str) -> list[str]:
    """What a reader has to know about this archive."""
    found = [
        "监督记录是全部批次共用的一条链，完整归档从第一条收到检查点；其后的办理不在本归档中。",
        "从未启封的轮次，评分不随档，监督记录中只有回执校验码。",
        "投诉举报人的身份由监督人员另行保管，两种归档都不收录，只有封存声明。",
        "zip不压缩、文件日期取自内容，同样的数据得到逐字节相同的归档。",
    ]
    if making.call.state not in FINAL:
        found.append("本归档是阶段包：批次尚未办结，办结后另制正式归档。")
    if profile == "masked":
        found += [
            "专家以编号代替，电话、邮箱、证件号码、单位的人员已遮盖；收到的文件和载有姓名的抽取记录不收录，见“未收录.csv”。",
            "文书按遮盖后的内容收录，件上印的校验码是完整件的，须用完整归档核对。",
            "监督记录只列序号、时间、事项和校验码，前后衔接可以核对；各条内容须用完整归档核对。",
            "评分回执的随机数不收录，不能由评分重新计算回执；须用完整归档核对。",
        ]
    return found
