#!/usr/bin/env python3
"""核对归档：不依赖门户，只用 Python 标准库（3.8 或更新版本）。

    python3 verify.py                       核对本文件所在文件夹的归档
    python3 verify.py 归档.zip               直接核对归档文件
    python3 verify.py 归档.zip --manifest "ab12 cd34 …"    同时与光盘标签上的清单校验码核对
    python3 verify.py --checkpoint "259:7ab7 633f"         同时与另存的检查点（序号:校验码）核对

核对的内容：清单和全部文件；CSV与JSON两种数据；监督记录由第一条到检查点；每份提交的评分与监督记录中的回执；
所记的理由和事项，以及记载它们的数据；规则文件；据以排名的评分与提交的评分；冻结时登记的和签过字的文书；
专家抽取（verify_draw.py）；名单（recount.py）；各版公布名单与排名、会议审定和名单变动；参评证明。

不能核对的：没有校验码的文书（收到的原件、收件回执等）只与清单核对；数据中的经办人、所属材料等编号只在监督记录中核对。
清单和本程序都能被一并改写，请从可靠的来源取得本程序，并将清单校验码与光盘标签、检查点与监督人员保存的核对。

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
from xml.etree import ElementTree

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
BOUND = {  # what an entry binds -> its table, and whether each row of it is bound
    "dossier_act": ("收件办理", True),
    "attachment_removal": ("证明材料移除", True),
    "finding_answer": ("形式审查处理", True),
    "scheme": ("批次", False),
    "declaration": ("利害关系申明", True),
    "recusal_lifting": ("解除回避", True),
    "found_conflict": ("发现的回避情形", True),
    "conflict_decision": ("回避情形处理", True),
    "unit_change": ("单位变更", True),
    "draw": ("专家抽取", True),
    "draw_act": ("抽取步骤", True),
    "draw_caller": ("抽取电话人", True),
    "drawn_record": ("抽取结果", True),
    "phone_call": ("抽取电话记录", True),
    "panel_split": ("专家组分工", True),
    "sign_in": ("专家组成员", False),
    "presence": ("到会签到", True),
    "meeting_mark": ("会议日清单", True),
    "departure": ("专家退出", True),
    "substitute": ("专家替补", True),
    "election": ("组长推举", True),
    "extension": ("时限延长", True),
    "close_reason": ("评审轮次", False),
    "frozen_round": ("评审轮次", False),
    "office_facts": ("办公信息", True),
    "paper_facts": ("文书待填事项", True),
    "issued_letter": ("签发的文书", True),
    "letter_delivery": ("文书送达", True),
    "case_question": ("复议", True),
    "case_answer": ("复议", False),
    "case_act": ("复议办理", True),
    "case_discussion": ("复议讨论", True),
    "void_request": ("作废申请", True),
    "review_void": ("评分作废", True),
    "set_aside": ("评审轮次", False),
    "defense_record": ("答辩记录", True),
    "paper_sheet": ("纸质评分表", True),
    "paper_scan": ("纸质评分表扫描件", True),
    "transcription": ("纸质评分表代录", True),
    "transcribed": ("代录的评分", True),
    "defense_commitment": ("答辩顺序密数", True),
    "defense_order": ("答辩顺序", True),
    "defense_move": ("答辩场次调整", True),
    "defense_meeting": ("答辩会务", False),
    "defense_notification": ("答辩通知", True),
    "late_arrival": ("迟到", True),
    "hold": ("暂停", True),
    "hold_lifting": ("解除暂停", True),
    "supervision_note": ("监督记录表", True),
    "supervision_form": ("监督记录表版本", True),
    "review_report": ("评审报告版本", True),
    "certificate": ("参评证明", True),
    "panel_opinion": ("专家组意见", True),
    "opinion_answer": ("专家组意见答复", True),
    "opinion_settlement": ("专家组意见定稿", True),
    "tie_vote": ("并列表决", True),
    "tie_choice": ("并列表决选择", True),
    "tie_closing": ("并列表决结果", True),
    "tie_referral": ("并列上报", True),
    "ranking": ("冻结的排名", True),
    "reexamination": ("异议复核", True),
    "correction": ("更正的评分", True),
    "ranking_insight": ("排名说明", True),
    "decision": ("会议审定", True),
    "score_confirmation": ("评分确认", True),
    "request": ("双人确认", True),
    "settlement": ("双人确认", False),
    "signature": ("签字件登记", True),
    "signature_waiver": ("缺签字件的理由", True),
    "notice": ("公示稿", False),
    "notice_edit": ("公示稿修改经过", True),
    "publicity_event": ("公示期登记", True),
    "final_list": ("公布名单", True),
    "list_change": ("名单变动", True),
    "list_appearance": ("名单公布", True),
    "result_delivery": ("结果告知书送达", True),
    "list_paper": ("名单发文", False),
    "objection": ("异议投诉", True),
    "objection_file": ("异议投诉材料", True),
    "objection_act": ("异议投诉办理", True),
    "dossier_hold": ("暂缓", True),
    "dossier_release": ("解除暂缓", True),
    "later_decision": ("后续决定", True),
}
PAPERS = {"workbook": "排名工作簿", "summary": "评分汇总表", "minutes": "答辩记录表"}
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


def check_bound(archive, findings):
    """Each row that an entry binds says in its table what was bound, and no row stands there unbound."""
    if WORDS not in archive.listed:
        return
    given: dict[Any, Any] = {}
    before, count = len(findings.faults), 0
    for line in archive.lines(WORDS):
        words = json.loads(line.decode("utf-8"))["words"]
        if words is not None:
            given.setdefault(words["subject"], []).append(words)
    for subject in sorted(set(given) - set(BOUND)):
        findings.fault(f"“{WORDS}”中有不认识的事项“{subject}”。")
    for subject, (title, every) in BOUND.items():
        bound, rows = given.get(subject, []), archive.rows(title)
        count += len(bound)
        fields = compared(bound, rows)
        told, there = keyed(bound, fields), keyed(rows, fields)
        if told - there:
            findings.fault(f"“数据/{title}”有{len(told - there)}行与监督记录所记的不同。")
        if every and (there - told or (rows and not bound)):
            findings.fault(f"“数据/{title}”有{len(there - told) or len(rows)}行在监督记录中没有记录。")
    findings.about(f"监督记录所记的数据（{count}行）", before)


def compared(bound, rows):
    """Columns that words and table both have; numbers of other rows stand in the table in another form."""
    if not bound or not rows:
        return []

    def refers(name):
        return name.endswith(("_id", "_by")) and any(isinstance(words[name], int) for words in bound)

    return [name for name in sorted(bound[0]) if name in rows[0] and not refers(name)]


def keyed(rows, fields):
    return {canonical([row.get(name) for name in fields]) for row in rows}


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
    """Papers whose codes were kept, when the ranking was frozen or a paper signed, say the same here."""
    if not whole:
        findings.lines.append("冻结时登记的和签过字的文书：个人信息已遮盖，须用完整归档核对")
        return
    before, there = len(findings.faults), set(told.values())
    for name in archive.listed:
        if name.startswith("文书/") and name.endswith(".docx"):
            try:
                there.add(digest(word_content(archive.read(name))))
            except (zipfile.BadZipFile, KeyError, ElementTree.ParseError):
                findings.fault(f"“{name}”不能按Word文件读取。")
    kept = archive.rows("冻结时登记的文书校验码")
    for row in kept:
        if row["digest"] not in there:
            findings.fault(f"{PAPERS.get(row['kind'], row['kind'])}与冻结时登记的校验码不符。")
    signed: dict[Any, Any] = {}
    for row in archive.rows("签字件登记"):
        key = (row["kind"], row["of"], row["edition"])
        signed[key] = None if row["step"] == "annulled" else signed.get(key) or row["digest"]
    signed = {key: code for key, code in signed.items() if code}
    for key, code in signed.items():
        if code not in there:
            name = "、".join(map(str, key))
            findings.fault(f"签过字的文书（{name}）没有内容相同的一份：签字后有变化或被改动过。")
    what = f"冻结时登记的文书（{len(kept)}份）和签过字的文书（{len(signed)}份）"
    findings.about(what, before, "与登记的校验码一致")


# --- what a Word file says, as its code is computed ---------------------------------------------------------

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
SIGNS = {W + "tab": "\t", W + "ptab": "\t", W + "cr": "\n", W + "noBreakHyphen": "-"}


def word_content(data):
    """Body, then header and footer of each section: texts of paragraphs, and tables as rows of cells."""
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        body: Any = ElementTree.fromstring(packed.read("word/document.xml")).find(W + "body")
        links: Any = ElementTree.fromstring(packed.read("word/_rels/document.xml.rels"))
        targets = {link.get("Id"): link.get("Target") for link in links}
        parts: Any = [list(blocks(body))]
        last: dict[str, Any] = {"header": [""], "footer": [""]}
        for section in body.iter(W + "sectPr"):
            for kind in ("header", "footer"):
                for found in section.findall(W + kind + "Reference"):
                    if found.get(W + "type") == "default":
                        name = "word/" + targets[found.get(R + "id")]
                        last[kind] = list(blocks(ElementTree.fromstring(packed.read(name))))
                parts.append(last[kind])
    return parts


def blocks(place):
    for part in place:
        if part.tag == W + "p":
            yield paragraph(part)
        elif part.tag == W + "tbl":
            yield table(part)


def paragraph(part):
    runs: Any = []
    for child in part:
        if child.tag == W + "r":
            runs.append(child)
        elif child.tag == W + "hyperlink":
            runs += child.findall(W + "r")
    return "".join(spoken(piece) for run in runs for piece in run)


def spoken(piece):
    if piece.tag == W + "t":
        return piece.text or ""
    if piece.tag == W + "br":
        return "\n" if piece.get(W + "type", "textWrapping") == "textWrapping" else ""
    return SIGNS.get(piece.tag, "")


def table(part):
    """Rows of cells; a cell over several columns stands once for each, one that goes on downwards again."""
    above: Any = {}
    rows: Any = []
    for row in part.findall(W + "tr"):
        cells, at, now = [], 0, {}
        for cell in row.findall(W + "tc"):
            span = cell.find(f"{W}tcPr/{W}gridSpan")
            wide = int(span.get(W + "val")) if span is not None else 1
            merge = cell.find(f"{W}tcPr/{W}vMerge")
            goes_on = merge is not None and merge.get(W + "val", "continue") == "continue"
            said = above[at] if goes_on and at in above else list(blocks(cell))
            now[at] = said
            cells += [said] * wide
            at += wide
        above = now
        rows.append(cells)
    return rows


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


def check_final(archive, findings, whole):
    """Each version of the published list follows from the ranking, the decision and the changes up to it."""
    before, count = len(findings.faults), 0
    rankings = {row["public_id"]: row["body"] for row in archive.rows("冻结的排名")}
    decisions = {row["public_id"]: row for row in archive.rows("会议审定")}
    left = {row["public_id"] for row in archive.rows("申报书") if row["state"] != "eligible"}
    for row in archive.rows("公布名单"):
        count += 1
        decision, units = decisions[row["decision_id"]], row["units"]
        body = rankings[decision["ranking_id"]]
        lines = {
            line["dossier"]: [line["unit"], line["members"], line["recommender"]]
            for line in body["rows"] + body["outside"]
        }
        due = standing(decision, archive.rows("名单变动"), row["upto"])
        listed = {dossier for dossier, *_unit in units}
        if listed - due or due - listed - left or len(listed) != len(units):
            findings.fault(f"公布名单第{row['ordinal']}版与会议审定和此前的名单变动不符。")
        if any(lines.get(dossier) != unit for dossier, *unit in units):
            findings.fault(f"公布名单第{row['ordinal']}版的单位与冻结的排名不符。")
        if whole and digest([unit for _dossier, *unit in units]) != row["digest"]:
            findings.fault(f"公布名单第{row['ordinal']}版与其校验码不符。")
    findings.about(f"公布名单（{count}版）", before, "与会议审定和名单变动一致")


def standing(decision, changes, upto):
    """Who is due on the list: approved or put there by a change, and taken off by none."""
    counted = [
        row for row in changes if row["decision_id"] == decision["public_id"] and row["ordinal"] <= upto
    ]
    entered = {row["dossier_id"] for row in counted if row["kind"] == "fill"}
    gone = {row["dossier_id"] for row in counted if row["kind"] != "fill"}
    return (set(decision["selected"]) | entered) - gone


def check_certificates(archive, findings, whole):
    """Each certificate has the code of what was issued, and its paper states that and nothing else."""
    rows = archive.rows("参评证明")
    if not whole or not rows:
        return
    before, papers = len(findings.faults), {}
    for name in archive.listed:
        if name.startswith("文书/") and "_参评证明_" in name:
            said = set(texts(word_content(archive.read(name))))
            papers.update(dict.fromkeys(said, said))
    for row in rows:
        body, code = row["body"], row["digest"]
        if digest({"certificate": body, "of": [row["call_id"], row["member_id"]]}) != code:
            findings.fault(f"参评证明第{row['ordinal']}号与其校验码不符。")
        printed = papers.get(" ".join(code[at : at + 4] for at in range(0, 16, 4)))
        due = {f"第{row['ordinal']}号", body["expert"], body["round"], body["role"], f"{body['dossiers']}家"}
        if printed is not None and due - printed:
            findings.fault(f"参评证明第{row['ordinal']}号所印的内容与出具时登记的不符。")
    findings.about(f"参评证明（{len(rows)}份）", before, "与出具时登记的一致")


def texts(value):
    """Every text inside nested lists."""
    if isinstance(value, str):
        yield value
    else:
        for item in value:
            yield from texts(item)


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
    guarded(findings, check_bound, archive, findings)
    guarded(findings, check_final, archive, findings, whole)
    guarded(findings, check_certificates, archive, findings, whole)
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
