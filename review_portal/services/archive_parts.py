"""The parts of a call's archive, in 件 order, each made when it is its turn."""

from __future__ import annotations

import io
import tomllib
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path, PurePath
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal import exports
from review_portal.domain import canonical
from review_portal.domain.chinese_dates import local_date
from review_portal.domain.errors import PortalError
from review_portal.domain.policy import Viewer
from review_portal.exports import archive_list, archive_recount, archive_table
from review_portal.exports.archive_file import Part, numbered, safe_name
from review_portal.exports.archive_masking import Masker
from review_portal.models.accounts import Account
from review_portal.models.audit import AuditEntry
from review_portal.models.calls import Call, RuleSet
from review_portal.services import (
    archive_files,
    archive_masks,
    archive_rankings,
    archive_tables,
    archive_trail,
    draw_package,
    files,
)
from review_portal.services.archive_files import Original
from review_portal.services.archive_trail import Checkpoint
from review_portal.services.papers import catalogue
from review_portal.services.papers.kinds import GROUPS, Paper
from scoring_rubrics import Call as Rules

_ALWAYS: Final = ("review_revisions", "revision_points", "objections")
SCRIPTS: Final = ("recount.py", "verify.py", "verify_draw.py")
_STANDALONE = Path(exports.__file__).parent / "standalone"


@dataclass(slots=True)
class Making:
    """One archive under way. `left` collects (what, why) of everything that stays out."""

    session: Session
    viewer: Viewer
    call: Call
    rules: Rules
    until: Checkpoint
    masker: Masker | None
    left: list[tuple[str, str]] = field(default_factory=list)
    papers: list[Paper] = field(default_factory=list)
    originals: list[Original] = field(default_factory=list)
    _place: int = 0

    def list_contents(self) -> int:
        """Find out what there is; how many steps the work has."""
        self.papers = catalogue.listed(self.viewer, self.call)
        self.originals = list(archive_files.originals(self.session, self.call))
        frozen = archive_rankings.frozen_versions(self.session, self.call)
        return (
            len(self.papers) + len(self.originals) + 2 * len(archive_tables.tables()) + 4 * len(frozen) + 20
        )

    def next_place(self) -> int:
        """The next number of a 件."""
        self._place += 1
        return self._place


def parts(making: Making) -> Iterator[Part | None]:
    """Every part but index, label and manifest; None for one that stays out."""
    for group in GROUPS:
        for paper in making.papers:
            if paper.kind.group == group:
                yield _paper(making, paper)
        for original in making.originals:
            if original.group == group:
                yield _original(making, original)
    yield from _draws(making)
    yield from _rules(making)
    yield from _rankings(making)
    yield from _tables(making)
    yield from _people(making)
    yield from _trail(making)
    for name in SCRIPTS:
        yield Part(name, _bytes((_STANDALONE / name).read_bytes()))


def _bytes(data: bytes) -> Callable[[], Iterable[bytes]]:
    return lambda: (data,)


def _paper(making: Making, paper: Paper) -> Part | None:
    try:
        name, data = catalogue.make(making.viewer, making.call, paper)
    except PortalError as problem:
        making.left.append((shown(making, paper.name), f"不能生成：{problem.message}"))
        return None
    hidden = False
    if making.masker is not None:
        whole, data = data, making.masker.paper(data)
        hidden = data != whole
        if not making.masker.clear(data):
            making.left.append((shown(making, paper.name), "载有个人信息，不能逐处遮盖"))
            return None
    said = name.removesuffix(f".{paper.kind.suffix}")  # with 待填 where something is left open
    notes = [shown(making, f"签字人：{'、'.join(paper.signed_by)}")] if paper.signed_by else []
    notes += ["尚有待填事项"] * (said != paper.name) + ["个人信息已遮盖"] * hidden
    return Part(
        f"文书/{numbered(making.next_place(), shown(making, said), paper.dated, paper.kind.suffix)}",
        _bytes(data),
        paper.dated,
        title=shown(making, paper.name),
        number=paper.number,
        by=making.rules.issuer,
        copies="1份",
        keep=paper.kind.keep,
        note="；".join(notes),
    )


def shown(making: Making, name: str) -> str:
    """A paper's name as this archive may say it: some carry an expert's."""
    return making.masker.text(name) if making.masker is not None else name


def _original(making: Making, original: Original) -> Part | None:
    title = "_".join(filter(None, (original.title, original.number, PurePath(original.name).stem)))
    if making.masker is not None:
        making.left.append((making.masker.text(title), "收到的文件含个人信息，完整归档中收录"))
        return None
    day = local_date(original.stored_at)
    suffix = PurePath(original.name).suffix[1:] or "bin"
    return Part(
        f"原件/{numbered(making.next_place(), title, day, suffix)}",
        lambda: files.chunks(original.sha256),
        day,
        title=f"{original.title}：{original.name}",
        number=original.number,
        copies="1份",
        keep=original.keep,
        note="收到的文件",
    )


def _draws(making: Making) -> Iterator[Part | None]:
    """The records of the draws with what each follows, as verify_draw.py reads them."""
    drawn = [paper for paper in making.papers if paper.kind.key == "draw"]
    for number, paper in enumerate(drawn, start=1):
        packed = zipfile.ZipFile(io.BytesIO(draw_package.package(making.viewer, draw=paper.of)))
        for name in packed.namelist():
            data = packed.read(name)
            if not name.endswith(".json"):
                continue  # the sheet stands among the papers, the script beside them
            if making.masker is not None and not making.masker.clear(data):
                making.left.append((f"抽取/{number:02}/{name}", "载有个人信息"))
                yield None
                continue
            yield Part(f"抽取/{number:02}/{safe_name(name)}", _bytes(data), paper.dated)


def _rules(making: Making) -> Iterator[Part]:
    """The rule files as they were filed, and the same as JSON for a Python that reads no TOML."""
    stored = making.session.scalars(sa.select(RuleSet).where(RuleSet.id == making.call.rule_set_id)).one()
    plain = {}
    for name in sorted(stored.files):
        yield Part(f"规则/{safe_name(name)}", _bytes(stored.files[name].encode()))
        plain[name.removesuffix(".toml")] = tomllib.loads(stored.files[name], parse_float=Decimal)
    yield Part("规则/规则.json", _bytes(canonical.dumps(plain) + b"\n"))


def _rankings(making: Making) -> Iterator[Part]:
    bodies = []
    for number, frozen in enumerate(archive_rankings.frozen_versions(making.session, making.call), start=1):
        found = archive_rankings.counted(making.session, making.call, making.rules, frozen)
        body = found.body if making.masker is None else making.masker.value(found.body)
        bodies.append(body)
        kind = archive_list.KINDS[frozen.kind]
        folder = f"复算/{number:02}_{kind}_第{frozen.version}版"
        day = local_date(frozen.frozen_at)
        spec = archive_recount.spec(found.body, found.stages, vote=found.vote, judged=found.judged)
        masked = {"masked": True} if body != found.body else {}
        names = {line["number"]: line["unit"] for line in [*body["rows"], *body["outside"]]}
        yield Part(f"{folder}/排名.json", _bytes(canonical.dumps({**spec, **masked, "names": names})), day)
        yield Part(f"{folder}/冻结内容.json", _bytes(canonical.dumps(body)), day)
        for stage, receipts in zip(found.stages, found.receipts, strict=True):
            sheets = list(archive_recount.sheets(stage, receipts))
            yield Part(f"{folder}/{archive_recount.sheets_name(stage.key)}", _bytes(b"".join(sheets)), day)
    text = archive_list.lists_text(bodies)
    yield Part(
        "名单.txt", _bytes(text), title="各版名单（由 recount.py 复算核对）", copies="1份", keep="永久"
    )


def _tables(making: Making) -> Iterator[Part]:
    for table in archive_tables.tables():
        names = [column.name for column in archive_tables.columns(table)]
        if making.masker is not None:
            names = [name for name in names if name != "salt"]

        def rows(table: sa.Table = table, names: list[str] = names) -> Iterator[Mapping[str, Any]]:
            for row in archive_tables.rows(making.session, table, making.call):
                yield {name: _field(making.masker, name, row[name]) for name in names}

        if table.name in _ALWAYS or archive_tables.any_row(making.session, table, making.call):
            yield from _both(archive_tables.title_of(table.name), names, rows)


def _field(masker: Masker | None, name: str, value: Any) -> Any:
    return value if masker is None else masker.field(name, value)


def _both(title: str, names: list[str], rows: archive_table.Rows) -> Iterator[Part]:
    yield Part(f"数据/{title}.csv", lambda: archive_table.as_csv(names, rows))
    yield Part(f"数据/{title}.json", lambda: archive_table.as_json(rows))


def _people(making: Making) -> Iterator[Part]:
    """The call's experts (codes alone where masked) and who has acted for the office."""
    experts = archive_masks.experts_of(making.session, making.call)
    wanted = ["public_id", "code"]
    if making.masker is None:
        wanted += ["name", "employer", "title", "field", "phone", "email", "district"]
    told = [
        {name: code if name == "code" else getattr(row, name) for name in wanted} for row, code in experts
    ]
    yield from _both("专家", wanted, lambda: told)
    acted = sa.select(AuditEntry.actor_id).where(AuditEntry.call_id == making.call.id)
    query = sa.select(Account.public_id, Account.name).where(Account.id.in_(acted)).order_by(Account.id)
    people = [
        {"public_id": row[0], "name": _field(making.masker, "name", row[1])}
        for row in making.session.execute(query)
    ]
    yield from _both("办理人员", ["public_id", "name"], lambda: people)


def _trail(making: Making) -> Iterator[Part]:
    until, session, whole = making.until, making.session, making.masker is None
    yield Part("监督记录/审计链.jsonl", lambda: archive_trail.entries(session, until.entries, whole=whole))
    point = {"entries": until.entries, "head": until.head, "at": until.at, "whole": whole}
    yield Part("监督记录/检查点.json", _bytes(canonical.dumps(point) + b"\n"))
    if whole:
        yield Part(
            "监督记录/所记文字.jsonl", lambda: archive_trail.words(session, making.call, until.entries)
        )
    yield Part("监督记录/封存声明.txt", _bytes(f"{archive_tables.SEALED_WORDS}。\n".encode()))


def left_out(making: Making) -> Part:
    """未收录.csv: what stays out and why, tables that are never taken along included."""
    told = [{"内容": what, "原因": why} for what, why in making.left]
    guarded = archive_files.guarded_count(making.session, making.call)
    if guarded:
        told.append({"内容": f"投诉举报材料{guarded}份", "原因": archive_tables.SEALED_WORDS})
    known = sorted(archive_tables.EXCLUDED.items())
    told += [{"内容": f"数据表 {table}", "原因": why} for table, why in known]
    data = b"".join(archive_table.as_csv(["内容", "原因"], lambda: told))
    return Part("未收录.csv", _bytes(data))


def default_day(making: Making) -> date:
    """The day that technical files carry: that of the checkpoint."""
    return local_date(making.until.at) if making.until.at else local_date(making.call.created_at)
