#!/usr/bin/env python3
"""核对归档：不依赖门户，只用 Python 标准库（3.8 或更新版本）。

    python3 verify.py                       核对本文件所在文件夹的归档
    python3 verify.py 归档.zip               直接核对归档文件
    python3 verify.py 归档.zip --manifest "ab12 cd34 …"    同时与光盘标签上的清单校验码核对
    python3 verify.py --checkpoint "259:7ab7 633f"         同时与另存的检查点（序号:校验码）核对

核对的内容：清单和全部文件；CSV与JSON两种数据；监督记录由第一条到检查点；每份提交的评分与监督记录中的回执；
所记的理由和事项；规则文件；据以排名的评分与提交的评分；冻结时登记的工作簿；专家抽取（verify_draw.py）；
名单（recount.py）。

退出码：0 全部一致；1 有不一致，逐项写明；2 无法读取。
"""

import argparse
import csv
import hashlib
import io
import json
import os
import re
import subprocess
import sys
import tempfile
import unicodedata
import zipfile
from typing import Any

try:
    import tomllib
except ImportError:  # before Python 3.11
    tomllib = None  # type: ignore[assignment]

MANIFEST = "MANIFEST.sha256"
CHAIN, POINT, WORDS = "监督记录/审计链.jsonl", "监督记录/检查点.json", "监督记录/所记文字.jsonl"
START = "0" * 64
RECEIPTS = ("submit_review", "answer_case", "transcribe_review")  # acts whose entries hold a sheet's receipt
HEX = re.compile(r"[0-9a-f]{64}")
CHUNK = 1 << 20
FORMULA = re.compile(r"[=+\-@\t\r]")
NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")


class Unreadable(Exception):
    """Not an archive: exit code 2."""


class Findings:
    """What was looked at, and what did not agree."""

    def __init__(self) -> None:
        self.lines: Any = []
        self.faults: Any = []

    def fault(self, sentence):
        self.faults.append(sentence)

    def about(self, what, before, words="一致"):
        """One line for a kind of check: good unless a fault was added since `before` of them stood there."""
        found = len(self.faults) - before
        self.lines.append(f"{what}：{f'发现{found}处问题' if found else words}")


class Archive:
    """The files of an archive, unpacked or still in its zip."""

    def __init__(self, place):
        self.place, self.zip = place, None
        if os.path.isfile(place):
            try:
                self.zip = zipfile.ZipFile(place)
            except (OSError, zipfile.BadZipFile) as problem:
                raise Unreadable(f"“{place}”不是归档文件：不能按zip打开。") from problem
        self.listed = self._names()
        if MANIFEST not in self.listed:
            raise Unreadable(f"这里没有“{MANIFEST}”：请在解压后的归档文件夹中运行，或写出归档文件的名称。")

    def _names(self):
        if self.zip is not None:
            return [name for name in self.zip.namelist() if not name.endswith("/")]
        found = []
        for folder, _folders, files in os.walk(self.place):
            for name in files:
                path = os.path.relpath(os.path.join(folder, name), self.place).replace(os.sep, "/")
                found.append(unicodedata.normalize("NFC", path))
        return sorted(found)

    def _open(self, name):
        if self.zip is not None:
            return self.zip.open(name)
        return open(os.path.join(self.place, *name.split("/")), "rb")

    def chunks(self, name):
        try:
            with self._open(name) as stream:
                while True:
                    piece = stream.read(CHUNK)
                    if not piece:
                        return
                    yield piece
        except (OSError, KeyError, zipfile.BadZipFile) as problem:
            raise Unreadable(f"“{name}”缺失或损坏，不能读取。") from problem

    def read(self, name):
        return b"".join(self.chunks(name))

    def lines(self, name):
        """Line by line: a trail may be long."""
        rest = b""
        for piece in self.chunks(name):
            parts = (rest + piece).split(b"\n")
            rest = parts.pop()
            yield from parts
        if rest:
            yield rest

    def digest(self, name):
        sha = hashlib.sha256()
        for piece in self.chunks(name):
            sha.update(piece)
        return sha.hexdigest()

    def rows(self, title):
        """A table's rows from its JSON; none where the archive has no such table."""
        name = f"数据/{title}.json"
        return self.json(name) if name in self.listed else []

    def json(self, name):
        try:
            return json.loads(self.read(name).decode("utf-8"))
        except ValueError as problem:
            raise Unreadable(f"“{name}”不能按JSON读取。") from problem


# --- one byte form, as the portal hashes it ----------------------------------------------------------------


def plain(value):
    """NFC throughout; only what JSON holds, no floats."""
    if isinstance(value, str):
        return unicodedata.normalize("NFC", value)
    if isinstance(value, dict):
        return {plain(key): plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    if value is None or isinstance(value, (bool, int)):
        return value
    raise TypeError(f"{type(value).__name__} has no canonical form")


def canonical(value):
    """JSON in UTF-8, NFC, with sorted keys and without spaces."""
    return json.dumps(plain(value), ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode("utf-8")


def digest(value):
    return hashlib.sha256(canonical(value)).hexdigest()


def commitment(salt, value):
    """Salted SHA-256; a salt that is none binds nothing."""
    try:
        raw = bytes.fromhex(salt)
    except ValueError:
        return ""
    return hashlib.sha256(raw + canonical(value)).hexdigest() if len(raw) == 32 else ""


# --- files -------------------------------------------------------------------------------------------------


def check_files(archive, findings, code):
    """Every file of the manifest is there with its digest, and no other file."""
    before, data, told = len(findings.faults), archive.read(MANIFEST), {}
    for number, line in enumerate(data.decode("utf-8", "replace").splitlines(), start=1):
        sha, _, name = line.partition("  ")
        if not HEX.fullmatch(sha) or not name or name in told:
            findings.fault(f"“{MANIFEST}”第{number}行写法不对或重复。")
        else:
            told[name] = sha
    there = set(archive.listed)
    if len(there) != len(archive.listed):
        findings.fault("归档文件中有同名的文件。")
    for name in sorted(set(told) - there):
        findings.fault(f"“{name}”缺失。")
    for name in sorted(there - set(told) - {MANIFEST}):
        findings.fault(f"“{name}”不在清单中，是后来加入的。")
    for name in sorted(set(told) & there):
        try:
            same = archive.digest(name) == told[name]
        except Unreadable:
            same = False
        if not same:
            findings.fault(f"“{name}”与清单的校验码不符，内容被改动过或已损坏。")
    own = hashlib.sha256(data).hexdigest()
    if code and own != code.replace(" ", "").lower():
        findings.fault("清单校验码与光盘标签不符。")
    findings.about(f"文件和清单（{len(told)}个文件）", before)
    findings.lines.append("清单校验码：" + " ".join(own[at : at + 4] for at in range(0, 64, 4)))
    return told


def check_tables(archive, findings):
    """Each CSV says what its JSON says."""
    before, count = len(findings.faults), 0
    for name in archive.listed:
        if name.startswith("数据/") and name.endswith(".csv"):
            count += 1
            other = name[:-4] + ".json"
            if other not in archive.listed:
                findings.fault(f"“{name}”没有对应的JSON。")
                continue
            text = archive.read(name).decode("utf-8-sig", "replace")
            csv.field_size_limit(1 << 30)
            lines = list(csv.reader(io.StringIO(text, newline="")))
            rows = archive.json(other)
            if len(lines) - 1 != len(rows):
                findings.fault(f"“{name}”有{len(lines) - 1}行，JSON有{len(rows)}行。")
                continue
            for number, (line, row) in enumerate(zip(lines[1:], rows), start=2):
                if line != [cell(row.get(key)) for key in lines[0]]:
                    findings.fault(f"“{name}”第{number}行与JSON不同。")
                    break
    findings.about(f"数据的CSV与JSON（{count}项）", before)


def cell(value):
    """As a CSV cell is written: what a spreadsheet would take for a formula has an apostrophe before it."""
    if value is None:
        return ""
    if isinstance(value, str):
        if "\x00" in value:
            value = canonical(value).decode("utf-8")[1:-1]
        return "'" + value if FORMULA.match(value) and not NUMBER.fullmatch(value) else value
    return canonical(value).decode("utf-8").strip('"')


# --- the trail ---------------------------------------------------------------------------------------------


def check_chain(archive, findings, outside):
    """From the first entry to the checkpoint. Entries of interest: (receipts, words by entry, call)."""
    before, point = len(findings.faults), archive.json(POINT)
    whole, previous, count = point["whole"], START, 0
    receipts: dict[Any, Any] = {}
    bound: dict[Any, Any] = {}
    wanted, _, code = outside.partition(":")
    met = not outside
    for line in archive.lines(CHAIN):
        count += 1
        try:
            entry = json.loads(line.decode("utf-8"))
            body = {key: value for key, value in entry.items() if key != "digest"}
            holds = entry["sequence"] == count and entry["previous"] == previous
            if not holds or (whole and digest(body) != entry["digest"]):
                findings.fault(f"监督记录第{count}条断裂：该条或其前一条被改动、删除、增加或调换过。")
                break
        except (ValueError, KeyError, TypeError):
            findings.fault(f"监督记录第{count}条写法不对。")
            break
        previous = entry["digest"]
        if wanted == str(count):
            met = previous.startswith(code.replace(" ", "").lower())
        if entry["action"] in RECEIPTS:
            given = entry["detail"].get("commitment") if whole else entry.get("commitment")
            if given:
                receipts[given] = (entry.get("call"), entry.get("object_kind"), entry.get("object_id"))
        if whole and entry["detail"].get("words"):
            bound[count] = (entry["call"], entry["detail"]["words"])
    if (count, previous) != (point["entries"], point["head"]) and len(findings.faults) == before:
        findings.fault(f"监督记录共{count}条，与检查点（{point['entries']}条）不符：末尾被删去或增加过。")
    if not met:
        findings.fault("监督记录与另存的检查点不符。")
    words = "一致" if whole else "前后衔接一致（各条内容未随档，须用完整归档核对）"
    findings.about(f"监督记录（{count}条，末条校验码{previous[:16]}）", before, words)
    return whole, receipts, bound


def check_receipts(archive, findings, whole, receipts):
    """Each submitted sheet is what its receipt binds, and every receipt of the trail has its sheet."""
    before, points, found = len(findings.faults), points_of(archive), set()
    rows = archive.rows("评分提交")
    for row in rows:
        own = points.get(row["public_id"], {})
        found.add(row["commitment"])
        if row["commitment"] not in receipts:
            findings.fault(f"回执{row['public_id']}在监督记录中没有记录。")
        if whole:
            told = {
                "points": {item: value for item, (value, _) in own.items()},
                "comments": {item: comment for item, (_, comment) in own.items() if comment},
                "opinion": row["opinion"],
                "conclusion": row["conclusion"],
                "review": row["review_id"],
                "ordinal": row["ordinal"],
            }
            if commitment(row["salt"], told) != row["commitment"]:
                findings.fault(f"回执{row['public_id']}：提交后的得分、理由或意见与回执不符。")
    known = {row["public_id"] for row in rows}
    for name in sorted(set(points) - known):
        findings.fault(f"回执{name}有得分而没有提交记录。")
    call = archive.rows("批次")
    own_call = call[0]["public_id"] if call else None
    sealed = [
        row for row in archive.rows("评审轮次") if row["unsealed_at"] is None and row["state"] != "draft"
    ]
    if not sealed:
        for given, (of, _kind, _id) in sorted(receipts.items()):
            if of == own_call and given not in found:
                findings.fault(f"监督记录中的回执校验码{given[:16]}没有对应的提交：提交的评分被删去过。")
    words = "与监督记录一致" if whole else "监督记录中均有回执（随机数未随档，不能重新计算）"
    findings.about(f"提交的评分（{len(rows)}份）", before, words)
    return points


def points_of(archive):
    """{submission: {item: (points with two decimals, comment)}}."""
    found: dict[Any, Any] = {}
    for row in archive.rows("评分明细"):
        whole, _, rest = str(row["points"]).partition(".")
        value = f"{whole}.{(rest + '00')[:2]}"
        found.setdefault(row["revision_id"], {})[row["item"]] = (value, row["comment"])
    return found


def check_words(archive, findings, bound):
    """The reasons and facts that entries of this call bind are what they were."""
    if WORDS not in archive.listed:
        findings.lines.append("所记的理由和事项：未随档，须用完整归档核对")
        return
    before, given, apart = len(findings.faults), {}, 0
    for line in archive.lines(WORDS):
        row = json.loads(line.decode("utf-8"))
        given[row["sequence"], row["place"]] = row
    call = archive.rows("批次")[0]["public_id"]
    count = 0
    for sequence, (of, promised) in sorted(bound.items()):
        for place, expected in enumerate(promised if of == call else ()):
            count += 1
            row = given.pop((sequence, place), None)
            if row is None:
                findings.fault(f"监督记录第{sequence}条所记的文字缺失。")
            elif row["words"] is None:
                apart += 1
            elif commitment(row["salt"], row["words"]) != expected:
                findings.fault(f"监督记录第{sequence}条所记的理由或事项与现存内容不符。")
    for sequence, _place in sorted(given):
        findings.fault(f"“{WORDS}”中第{sequence}条的文字在监督记录中没有记录。")
    findings.about(f"所记的理由和事项（{count}项，其中{apart}项已由后来的记录取代或另行封存）", before)


# --- rules, rankings, draws --------------------------------------------------------------------------------


def check_rules(archive, findings):
    """The rule files have the digest that every frozen ranking names, and the JSON says what they say."""
    before = len(findings.faults)
    names = sorted(name[3:] for name in archive.listed if name.startswith("规则/") and name.endswith(".toml"))
    lines = [f"{archive.digest('规则/' + name)}  {name}\n" for name in names]
    own = hashlib.sha256("".join(lines).encode("utf-8")).hexdigest()
    for name in archive.listed:
        if (
            name.startswith("复算/")
            and name.endswith("/冻结内容.json")
            and archive.json(name)["rules"] != own
        ):
            findings.fault(f"规则文件与“{name}”所记的校验码不符。")
    words = "与冻结时一致"
    if tomllib is None:
        words += "（本机的Python不能读取TOML，规则.json与规则文件是否相同未核对）"
    else:
        told = {
            name[:-5]: as_json(tomllib.loads(archive.read("规则/" + name).decode("utf-8"), parse_float=str))
            for name in names
        }
        if told != archive.json("规则/规则.json"):
            findings.fault("“规则/规则.json”与规则文件不同。")
    findings.about(f"规则（{len(names)}个文件）", before, words)


def as_json(value):
    """A value of the rules as JSON has it: days and times as text."""
    if isinstance(value, dict):
        return {key: as_json(item) for key, item in value.items()}
    if isinstance(value, list):
        return [as_json(item) for item in value]
    return value.isoformat() if hasattr(value, "isoformat") else value


def check_counted(archive, findings, points):
    """What the lists are computed from is what was submitted."""
    before, count = len(findings.faults), 0
    for name in archive.listed:
        if not (name.startswith("复算/") and name.endswith(".csv")):
            continue
        text = archive.read(name).decode("utf-8-sig", "replace")
        for number, row in enumerate(csv.reader(io.StringIO(text, newline="")), start=1):
            if number == 1:
                continue
            count += 1
            item = points.get(row[4], {}).get(row[2]) if len(row) == 5 else None
            if item is None or item[0] != row[3]:
                findings.fault(f"“{name}”第{number}行与提交的评分不同。")
                break
    findings.about(f"据以排名的评分（{count}项）", before, "与提交的评分一致")


def check_papers(archive, findings, told, whole):
    """Workbooks are those whose codes were kept when the ranking was frozen."""
    kept = [row for row in archive.rows("冻结时登记的文书校验码") if row["kind"] == "workbook"]
    if not whole:
        findings.lines.append("排名工作簿：含个人信息，未随档的不核对")
        return
    before, there = len(findings.faults), set(told.values())
    for row in kept:
        if row["digest"] not in there:
            findings.fault("排名工作簿与冻结时登记的校验码不符。")
    findings.about(f"排名工作簿（{len(kept)}份）", before, "与冻结时登记的校验码一致")


def run(script, *arguments):
    """Another script of the archive, as anybody runs it."""
    place = os.path.join(os.path.dirname(os.path.abspath(__file__)), script)
    done = subprocess.run(
        [sys.executable, "-I", "-S", place, *arguments],
        capture_output=True,
        check=False,
    )
    return done.returncode, done.stdout.decode("utf-8", "replace"), done.stderr.decode("utf-8", "replace")


def check_draws(archive, findings):
    """Each draw computed again by verify_draw.py."""
    before = len(findings.faults)
    folders = sorted({name.rsplit("/", 1)[0] for name in archive.listed if name.startswith("抽取/")})
    for folder in folders:
        with tempfile.TemporaryDirectory() as place:
            previous: Any = []
            record = None
            for name in archive.listed:
                if name.startswith(folder + "/") and name.endswith(".json"):
                    path = os.path.join(place, f"{len(previous)}{'' if record is None else '_'}.json")
                    with open(path, "wb") as stream:
                        stream.write(archive.read(name))
                    if name.endswith("/抽取记录.json"):
                        record = path
                    else:
                        previous += ["--previous", path]
            if record is None:
                findings.fault(f"“{folder}”中没有抽取记录。")
                continue
            code, said, wrong = run("verify_draw.py", record, *previous)
            if code:
                last = (said + wrong).strip().splitlines()
                findings.fault(f"“{folder}”的抽取核验不符：{last[-1].strip() if last else code}")
    findings.about(f"专家抽取（{len(folders)}次）", before)


def check_list(archive, findings):
    """The list computed again by recount.py."""
    before = len(findings.faults)
    code, _said, wrong = run("recount.py", archive.place)
    if code:
        findings.fault(wrong.strip().splitlines()[0] if wrong.strip() else "recount.py没有完成。")
    findings.about("名单复算", before)


def verify(place, code="", outside=""):
    """Everything there is to check."""
    archive, findings = Archive(place), Findings()
    told = check_files(archive, findings, code)
    for check in (check_tables, check_rules, check_draws, check_list):
        guarded(findings, check, archive, findings)
    found = guarded(findings, check_chain, archive, findings, outside)
    whole, receipts, bound = found or (False, {}, {})
    points = guarded(findings, check_receipts, archive, findings, whole, receipts) or {}
    guarded(findings, check_counted, archive, findings, points)
    guarded(findings, check_words, archive, findings, bound)
    guarded(findings, check_papers, archive, findings, told, whole)
    return findings


def guarded(findings, check, *arguments):
    """One check; content that is not what the portal writes is a fault, not a crash."""
    try:
        return check(*arguments)
    except Unreadable as problem:
        findings.fault(str(problem))
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as problem:
        findings.fault(f"归档的内容不完整或写法不对，有一项不能核对：{problem!r}")
    return None


def main(arguments=None):
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("place", nargs="?", default=os.path.dirname(os.path.abspath(__file__)))
    parser.add_argument("--manifest", default="", help="光盘标签上的清单校验码")
    parser.add_argument("--checkpoint", default="", help="另存的检查点，写作 序号:校验码")
    options = parser.parse_args(arguments)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a terminal without Chinese must not end the check
            stream.reconfigure(errors="backslashreplace")
    try:
        findings = verify(options.place, options.manifest, options.checkpoint)
    except Unreadable as problem:
        print(problem, file=sys.stderr)
        return 2
    for line in findings.lines:
        print(line)
    if findings.faults:
        print(f"结论：发现{len(findings.faults)}处问题，本归档不能采信：")
        for sentence in findings.faults:
            print("  " + sentence)
        return 1
    print("结论：全部一致。请再将清单校验码与光盘标签、检查点与监督人员保存的检查点核对。")
    return 0


if __name__ == "__main__":
    sys.exit(main())
