"""归档: one zip that recounts and verifies itself, whole or without a person's name."""

from __future__ import annotations

import csv
import dataclasses
import errno
import hashlib
import html
import io
import json
import os
import re
import shutil
import subprocess
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import docx
import openpyxl
import pytest
import sqlalchemy as sa

from review_portal.db import Model, db
from review_portal.domain.errors import Conflict, NotAllowed, NotFound
from review_portal.exports import docx_content
from review_portal.exports.archive_masking import HIDDEN
from review_portal.exports.standalone import verify
from review_portal.models.archives import Archive
from review_portal.models.audit import AuditEntry
from review_portal.models.calls import Call
from review_portal.models.defenses import DefenseRecord
from review_portal.models.dossiers import DossierUnit
from review_portal.models.experts import Expert
from review_portal.models.jobs import Job
from review_portal.services import (
    archive_building,
    archive_files,
    archive_tables,
    archive_views,
    archives,
    files,
)
from review_portal.services.binding_subjects import SUBJECTS
from review_portal.services.papers import catalogue
from review_portal.worker import Worker
from tests import factories
from tests.archive_checks import run
from tests.factories_selection import Selection
from tests.selection_copies import copied

SCORES, DETAILS = "数据/评分提交", "数据/评分明细"


@dataclasses.dataclass(frozen=True)
class Made:
    """Both archives of one selection, zipped and unpacked; whom the masked one must not name."""

    full: Path
    masked: Path
    unpacked: Path
    unpacked_masked: Path
    persons: tuple[str, ...]
    same: bool


@pytest.fixture(scope="module")
def made(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Made:
    """Written once for the module: making the papers takes seconds."""
    place = tmp_path_factory.mktemp("archives")
    with copied(request, "sqlite", "ranked", place) as ranked, ranked.app.app_context():
        with pytest.MonkeyPatch.context() as patch:  # papers are equal by tests of their own
            patch.setattr(catalogue, "listed", lambda _viewer, _call, **_kinds: [])
            same = drafted(ranked) == drafted(ranked)
        full, _built = archives.write_from_host(call=ranked.call, profile="full", folder=place)
        masked, _built = archives.write_from_host(call=ranked.call, profile="masked", folder=place)
        attendees = db.session.scalars(sa.select(DefenseRecord.attendees)).all()
        persons = (
            *(
                value
                for expert in db.session.scalars(sa.select(Expert))
                for value in (expert.name, expert.phone, expert.email)
                if value
            ),
            *(name for present in attendees for name, *_more in present),
            *filter(None, db.session.scalars(sa.select(DossierUnit.legal_representative).distinct())),
        )
    for path, name in ((full, "full"), (masked, "masked")):
        with zipfile.ZipFile(path) as packed:
            packed.extractall(place / name)
    return Made(full, masked, place / "full", place / "masked", persons, same)


def drafted(made: Selection) -> str:
    """SHA-256 of a masked archive that is not kept."""
    session = db.session()
    call = session.scalars(sa.select(Call).where(Call.public_id == made.call)).one()
    folder = files.draft_folder()
    with archive_building.built(session, call, "masked", folder, lambda _done, _of: None) as built:
        return built.sha256


@pytest.fixture
def ranked(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Selection]:
    """Both rankings are frozen; papers are left out, because making them takes seconds."""
    with copied(request, "sqlite", "ranked", tmp_path) as found, found.app.app_context():
        # not before: the played selection is kept for others, and its papers are signed while it is played
        monkeypatch.setattr(catalogue, "listed", lambda _viewer, _call, **_kinds: [])
        yield found


def test_archive_checks_and_recounts_itself_without_the_portal(made: Made) -> None:
    for folder, packed in ((made.unpacked, made.full), (made.unpacked_masked, made.masked)):
        listed = (folder / "名单.txt").read_bytes()
        for arguments in ((), (packed,)):
            recounted = run(folder / "recount.py", *arguments)
            assert (recounted.returncode, recounted.stdout) == (0, listed)
            checked = run(folder / "verify.py", *arguments)
            assert (checked.returncode, checked.stderr) == (0, b""), checked.stdout.decode()
    names = {path.relative_to(made.unpacked).parts[0] for path in made.unpacked.rglob("*")}
    assert {"文书", "原件", "数据", "规则", "复算", "监督记录", "归档目录.xlsx", "光盘标签.txt"} <= names
    assert all(len(path.name.encode()) < 255 and not re.search(r'[<>:"\\|?*]', path.name)
               for path in made.unpacked.rglob("*"))  # fmt: skip
    assert made.same


def test_manifest_is_what_sha256sum_reads(made: Made) -> None:
    command = ["sha256sum", "--strict", "-c", "MANIFEST.sha256"]
    done = subprocess.run(command, cwd=made.unpacked, capture_output=True, check=False)
    assert done.returncode == 0


KINDS = ("文书", "原件", "数据", "规则", "复算", "监督记录", "名单.txt", "归档目录.xlsx", "recount.py")


@pytest.mark.parametrize("kind", KINDS)
def test_one_byte_of_any_kind_of_file_is_named(made: Made, tmp_path: Path, kind: str) -> None:
    folder = shutil.copytree(made.unpacked, tmp_path / "copy")
    path = folder / kind
    if path.is_dir():
        path = max(path.rglob("*.*"), key=lambda item: item.stat().st_size)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(bytes(data))
    found = verify.verify(str(folder))
    name = path.relative_to(folder).as_posix()
    assert f"“{name}”与清单的校验码不符，内容被改动过或已损坏。" in found.faults


def test_missing_and_added_files_are_named(made: Made, tmp_path: Path) -> None:
    folder = shutil.copytree(made.unpacked, tmp_path / "copy")
    (folder / "名单.txt").unlink()
    (folder / "文书/999_后加.docx").write_bytes(b"PK")
    told = run(folder / "verify.py")
    words = told.stdout.decode()
    assert told.returncode == 1
    assert "“名单.txt”缺失。" in words and "“文书/999_后加.docx”不在清单中，是后来加入的。" in words


def signed_anew(folder: Path) -> None:
    """Somebody who alters an archive and writes a manifest to it."""
    lines = [
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(folder).as_posix()}\n"
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != "MANIFEST.sha256"
    ]
    (folder / "MANIFEST.sha256").write_text("".join(lines), "utf-8")


def rows_of(folder: Path, name: str, change: Callable[[list[dict[str, object]]], object]) -> None:
    """Change a table in both its forms, as somebody does who knows them."""
    path = folder / f"{name}.json"
    rows = json.loads(path.read_text("utf-8"))
    change(rows)
    path.write_text(json.dumps(rows, ensure_ascii=False), "utf-8")
    head = (folder / f"{name}.csv").read_text("utf-8-sig").splitlines()[0].split(",")
    text = io.StringIO(newline="")
    csv.writer(text).writerows([head, *([verify.cell(row[key]) for key in head] for row in rows)])
    (folder / f"{name}.csv").write_bytes(b"\xef\xbb\xbf" + text.getvalue().encode())


def lines_of(folder: Path, name: str, change: Callable[[list[str]], object]) -> None:
    path = folder / name
    lines = path.read_text("utf-8").splitlines(keepends=True)
    change(lines)
    path.write_text("".join(lines), "utf-8")


def swap(lines: list[str]) -> None:
    lines[10], lines[11] = lines[11], lines[10]


def counted_more(folder: Path) -> None:
    (path,) = (folder / "复算").glob("02_*/评分_written_review.csv")
    text = path.read_text("utf-8-sig")
    first = text.splitlines()[1]
    cells = first.split(",")
    cells[3] = "1.00"
    path.write_text("\ufeff" + text.replace(first, ",".join(cells), 1), "utf-8", newline="")


def list_changed(folder: Path) -> None:
    path = folder / "名单.txt"
    path.write_text(path.read_text("utf-8").replace("拟入选", "列入排名", 1), "utf-8")


def paper_changed(kind: str) -> Callable[[Path], object]:
    """One word of a printed paper is another."""

    def change(folder: Path) -> None:
        path = next(iter(sorted((folder / "文书").glob(f"*{kind}*.docx"))))
        document = docx.Document(io.BytesIO(path.read_bytes()))
        document.paragraphs[0].add_run("（另写）")
        document.save(str(path))

    return change


def certificate_changed(folder: Path) -> None:
    path = next(iter(sorted((folder / "文书").glob("*参评证明*.docx"))))
    document = docx.Document(io.BytesIO(path.read_bytes()))
    (cell,) = (row.cells[1] for row in document.tables[0].rows if row.cells[0].text == "专家")
    cell.paragraphs[0].runs[0].text = "另一示例"
    document.save(str(path))


TAMPERED: dict[str, tuple[Callable[[Path], object], str]] = {
    "points": (
        lambda folder: rows_of(folder, DETAILS, lambda rows: rows[0].update(points="1")),
        "提交后的得分、理由或意见与回执不符",
    ),
    "comment": (
        lambda folder: rows_of(folder, DETAILS, lambda rows: rows[0].update(comment="另写的理由")),
        "提交后的得分、理由或意见与回执不符",
    ),
    "submission dropped": (
        lambda folder: rows_of(folder, SCORES, lambda rows: rows.pop(3)),
        "没有对应的提交：提交的评分被删去过",
    ),
    "point row appended": (
        lambda folder: rows_of(folder, DETAILS, lambda rows: rows.append({**rows[0], "item": "X9"})),
        "提交后的得分、理由或意见与回执不符",
    ),
    "CSV alone": (
        lambda folder: lines_of(folder, "数据/名次.csv", lambda lines: lines.pop()),
        "“数据/名次.csv”有",
    ),
    "chain reordered": (
        lambda folder: lines_of(folder, verify.CHAIN, swap),
        "监督记录第11条断裂",
    ),
    "chain entry dropped": (
        lambda folder: lines_of(folder, verify.CHAIN, lambda lines: lines.pop(20)),
        "监督记录第21条断裂",
    ),
    "chain cut": (
        lambda folder: lines_of(folder, verify.CHAIN, lambda lines: lines.pop()),
        "与检查点",
    ),
    "chain entry changed": (
        lambda folder: lines_of(
            folder, verify.CHAIN, lambda lines: lines.__setitem__(5, lines[5].replace('"at":"2', '"at":"3'))
        ),
        "监督记录第",
    ),
    "words": (
        lambda folder: lines_of(
            folder, verify.WORDS, lambda lines: lines.__setitem__(0, lines[0].replace("示例", "另写"))
        ),
        "所记的理由或事项与现存内容不符",
    ),
    "words dropped": (
        lambda folder: lines_of(folder, verify.WORDS, lambda lines: lines.pop(2)),
        "所记的文字缺失",
    ),
    "counted points": (counted_more, "与提交的评分不同"),
    "list": (list_changed, "“名单.txt”第"),
    "rules": (
        lambda folder: lines_of(folder, "规则/call.toml", lambda lines: lines.append("\n")),
        "规则文件与",
    ),
    "reason in a table": (
        lambda folder: rows_of(folder, "数据/收件办理", lambda rows: rows[0].update(reason="另写的理由")),
        "“数据/收件办理”有1行与监督记录所记的不同",
    ),
    "row added to a table": (
        lambda folder: rows_of(folder, "数据/组长推举", lambda rows: rows.append({**rows[0], "votes": 9})),
        "“数据/组长推举”有1行在监督记录中没有记录",
    ),
    "rows dropped from a table": (
        lambda folder: rows_of(folder, "数据/组长推举", lambda rows: rows.clear()),
        "“数据/组长推举”有",
    ),
    "frozen list": (
        lambda folder: rows_of(folder, "数据/冻结的排名", lambda rows: rows[0]["body"].update(quota=9)),
        "“数据/冻结的排名”有1行与监督记录所记的不同",
    ),
    "certificate": (certificate_changed, "所印的内容与出具时登记的不符"),
    "score summary": (paper_changed("评分汇总表"), "与冻结时登记的校验码不符"),
    "minutes": (paper_changed("答辩记录表"), "与冻结时登记的校验码不符"),
    "signed opinions": (paper_changed("专家组评审意见表"), "签字后有变化或被改动过"),
    "signed report": (paper_changed("评审报告"), "签字后有变化或被改动过"),
}


@pytest.mark.parametrize("what", TAMPERED)
def test_what_was_altered_is_found_under_a_manifest_written_anew(
    made: Made, tmp_path: Path, what: str
) -> None:
    folder = shutil.copytree(made.unpacked, tmp_path / "copy")
    change, words = TAMPERED[what]
    change(folder)
    signed_anew(folder)
    found = verify.verify(str(folder))
    assert any(words in fault for fault in found.faults), found.faults
    assert not any("与清单的校验码不符" in fault for fault in found.faults)


def test_recount_names_the_first_line_that_differs(made: Made, tmp_path: Path) -> None:
    folder = shutil.copytree(made.unpacked, tmp_path / "copy")
    list_changed(folder)
    told = run(folder / "recount.py")
    assert told.returncode == 1
    assert "复算不一致：“名单.txt”第19行与复算的名单不同" in told.stderr.decode()


def test_label_and_checkpoint_are_compared(made: Made) -> None:
    code = hashlib.sha256((made.unpacked / "MANIFEST.sha256").read_bytes()).hexdigest()
    point = json.loads((made.unpacked / verify.POINT).read_text("utf-8"))
    kept = f"{point['entries']}:{point['head'][:8]}"
    assert verify.verify(str(made.unpacked), code, kept).faults == []
    found = verify.verify(str(made.unpacked), "0" * 64, f"{point['entries']}:0000")
    assert found.faults == ["清单校验码与光盘标签不符。", "监督记录与另存的检查点不符。"]


def texts_in(data: bytes) -> Iterator[str]:
    """What a file says, office files and zips unpacked, words that tags cut put together."""
    if data.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            for name in packed.namelist():
                yield name
                yield from texts_in(packed.read(name))
    else:
        text = data.decode("utf-8", "replace")
        yield text
        yield html.unescape(re.sub(r"<[^>]*>", "", text))


def test_masked_archive_names_no_expert_and_holds_no_number(made: Made) -> None:
    assert len(made.persons) > 10
    for path in made.unpacked_masked.rglob("*"):
        if path.is_file():
            for text in (path.name, *texts_in(path.read_bytes())):
                shown = [person for person in made.persons if person in text]
                assert shown == [], (path, shown)
    assert not (made.unpacked_masked / "原件").exists()
    left = (made.unpacked_masked / "未收录.csv").read_text("utf-8-sig")
    assert "收到的文件含个人信息" in left
    assert "不能逐处遮盖" not in left
    assert "salt" not in (made.unpacked_masked / f"{SCORES}.json").read_text("utf-8")
    full = (made.unpacked / "数据/专家.json").read_text("utf-8")
    assert sum(person in full for person in made.persons) >= 5


def test_masked_archive_holds_every_paper_with_codes_for_names(made: Made) -> None:
    whole, masked = (sorted((place / "文书").iterdir()) for place in (made.unpacked, made.unpacked_masked))
    assert len(masked) == len(whole) > 40
    assert all(zipfile.is_zipfile(path) for path in masked)
    said = {path.name: "".join(texts_in(path.read_bytes())) for path in masked}
    report = next(text for name, text in said.items() if "评审报告" in name)
    assert "〔E01〕" in report and "校验码" in report
    minutes = next(text for name, text in said.items() if "答辩记录表" in name)
    assert HIDDEN in minutes  # who spoke for the unit
    (workbook,) = (path for path in masked if "排名工作簿" in path.name)
    assert "排名" in "".join(openpyxl.load_workbook(workbook).sheetnames)


def test_script_reads_word_files_as_their_codes_are_computed(made: Made) -> None:
    papers = list((made.unpacked / "文书").glob("*.docx"))
    assert len(papers) > 40
    for path in papers:
        data = path.read_bytes()
        assert verify.word_content(data) == docx_content.content(data), path.name


def test_script_knows_what_entries_bind() -> None:
    tables = {table.name for table in archive_tables.tables()}
    bound = {
        key: (archive_tables.title_of(subject.table.__tablename__), subject.every)
        for key, subject in SUBJECTS.items()
        if subject.table.__tablename__ in tables and not archive_tables.sealed(subject.table.__tablename__)
    }
    assert bound == verify.BOUND


def test_every_table_is_taken_along_or_named_as_left_out() -> None:
    assert archive_tables.unplaced() == []
    referring = {
        (table.name, column.name)
        for table in Model.metadata.sorted_tables
        for column in table.columns
        for key in column.foreign_keys
        if key.column.table.name == "stored_files"
    }
    taken = {(column.table.name, column.name) for column in archive_files.referring()}
    assert referring - taken == {("archives", "file_id")}


def test_who_complained_is_in_no_archive() -> None:
    assert archive_tables.sealed("complainants")
    column = sa.Column("guarded", sa.Boolean)
    evidence = sa.Table("evidence", sa.MetaData(), sa.Column("id", sa.Integer), column)
    assert archive_files.guarded(evidence) is column
    letters = sa.Table("letters", sa.MetaData(), sa.Column("id", sa.Integer))
    assert str(archive_files.guarded(letters)) == "false"
    assert not any(archive_tables.sealed(table.name) for table in archive_tables.tables())


def test_archive_is_made_by_the_worker_and_recorded(ranked: Selection) -> None:
    job = archives.ask(ranked.officer, call=ranked.call, profile="masked")
    assert archives.ask(ranked.officer, call=ranked.call, profile="full") == job
    assert Worker(ranked.app).work_off() >= 1  # with the analyses that freezing has queued
    db.session.rollback()
    page = archive_views.page(ranked.officer, call=ranked.call)
    (line,) = page.archives
    assert page.job is not None and (page.job.state, page.job.done) == ("done", page.job.total)
    assert (line.profile, line.final, page.final, page.refusal) == ("masked", False, False, None)
    place, name = archive_views.fetch(ranked.supervisor, call=ranked.call, archive=line.public_id)
    assert name.startswith("阶段归档_") and verify.verify(str(place), line.manifest).faults == []
    told = db.session.scalars(sa.select(AuditEntry).where(AuditEntry.action == "make_archive")).one()
    assert told.detail["digest"] == hashlib.sha256(place.read_bytes()).hexdigest()
    assert list(files.draft_folder().iterdir()) == []


def test_whole_archive_is_the_secretariats(ranked: Selection) -> None:
    with pytest.raises(NotAllowed):
        archives.ask(ranked.supervisor, call=ranked.call, profile="full")
    archives.ask(ranked.officer, call=ranked.call, profile="full")
    Worker(ranked.app).work_off()
    db.session.rollback()
    (line,) = archive_views.page(ranked.supervisor, call=ranked.call).archives
    assert not line.may_fetch
    with pytest.raises(NotFound):
        archive_views.fetch(ranked.supervisor, call=ranked.call, archive=line.public_id)


def test_cancelled_archive_leaves_nothing(ranked: Selection, monkeypatch: pytest.MonkeyPatch) -> None:
    job = archives.ask(ranked.officer, call=ranked.call, profile="full")
    whole = archive_building.archive_parts.parts

    def parts(making: object) -> Iterator[object]:
        for number, part in enumerate(whole(making)):  # type: ignore[arg-type]
            if number == 3:
                with ranked.app.app_context():
                    archives.cancel(ranked.officer, call=ranked.call, job=job)
            yield part

    monkeypatch.setattr(archive_building.archive_parts, "parts", parts)
    monkeypatch.setattr(archives, "_BEAT", archives.timedelta(0))
    Worker(ranked.app).work_off()
    db.session.rollback()
    found = db.session.scalars(sa.select(Job).where(Job.public_id == job)).one()
    assert (found.state, found.message) == ("failed", "已取消，没有留下文件。")
    assert db.session.scalars(sa.select(Archive)).all() == []
    assert list(files.draft_folder().iterdir()) == []


@pytest.mark.parametrize(("code", "words"), [(errno.ENOSPC, "磁盘空间不足"), (errno.EIO, "读写文件时出错")])
def test_broken_disk_is_told_and_leaves_nothing(
    ranked: Selection, monkeypatch: pytest.MonkeyPatch, code: int, words: str
) -> None:
    def full(_handle: int) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(archive_building.os, "fsync", full)
    archives.ask(ranked.officer, call=ranked.call, profile="full")
    Worker(ranked.app).work_off()
    db.session.rollback()
    found = archive_views.page(ranked.officer, call=ranked.call).job
    assert found is not None and found.state == "failed" and str(found.message).startswith(words)
    assert list(files.draft_folder().iterdir()) == []


def test_archive_is_refused_before_anything_is_frozen(ranked: Selection) -> None:
    call = factories.bare_call(ranked.app, published=True)
    with pytest.raises(Conflict, match="排名冻结以后才能归档"):
        archives.write_from_host(call=call, profile="full", folder=files.draft_folder())
