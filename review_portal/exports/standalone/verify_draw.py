#!/usr/bin/env python3
"""核验评审专家抽取记录：不依赖门户，只用 Python 标准库（3.8 或更新版本）。

    python3 verify_draw.py 抽取记录.json
    python3 verify_draw.py 抽取记录.json --code "ab12 cd34 …"          与签字的抽取记录表核对校验码
    python3 verify_draw.py 抽取记录.json --previous 前次抽取记录.json   同时核对与前次抽取的差异、补抽的承接；
                                                本轮抽取过三次以上的，以前各次的记录各写一个 --previous

退出码：0 全部一致；1 有不一致；2 文件无法读取，或本机不能计算所用的校验算法。
"""
# Everything is computed from what stands in the file: codes, seed, order, selection, replacements. The file
# is good only when the record put together again is equal to it byte for byte. How a value is hashed is told
# beside the function that does it; JSON is UTF-8 in NFC, keys sorted, no spaces.

import argparse
import hashlib
import hmac
import io
import json
import re
import sys
import unicodedata
from datetime import datetime

SCHEMA = "EXDRAW-1/record/1"
PARTIES = ("organiser", "supervisor")
NAMES = {"organiser": "组织方", "supervisor": "监督方"}
FACES = {6: "123456", 10: "0123456789"}
LEAST_ROLLS = {6: 13, 10: 10}  # the fewest with 2^32 outcomes
HEX = re.compile(r"[0-9a-f]{64}")
RULE_FIELDS = ("strata", "fallback", "public_source", "one_per_employer", "hash", "on_refusal")

TIME = object()  # an ISO 8601 time with offset
SOURCE = (
    {"kind": {"dice"}, "rolls": int, "sides": {6, 10}},
    {"kind": {"published"}, "description": str},
)
SEAT = {"stratum": str, "id": str, "employer": (str, None)}
DIFFERENCE = {
    name: [str] for name in ("added", "removed", "changed", "newly_excluded", "no_longer_excluded", "rules")
}
SHAPE = {
    "schema": {SCHEMA},
    "frozen": {
        "event": {
            "id": str,
            "title": str,
            "frozen_at": TIME,
            "previous": ({"event": str, "code": str, "difference": DIFFERENCE}, None),
            "supplement": (
                {
                    "reason": str,
                    "seated": [SEAT],
                    "departed": [str],
                    "vacant": [{"stratum": str, "name": str, "seats": int}],
                },
                None,
            ),
        },
        "pool": [{"id": str, "strata": [str], "employer": (str, None)}],
        "rules": {
            "strata": [{"key": str, "name": str, "quota": int, "standby": int}],
            "fallback": SOURCE,
            "public_source": SOURCE,
            "one_per_employer": bool,
            "hash": {"sha256", "sm3"},
            "on_refusal": {"proceed", "void"},
        },
        "exclusions": [{"id": str, "rule": str, "reason": str}],
        "codes": {"pool": str, "rules": str, "exclusions": str, "frozen": str},
    },
    "commitments": [{"party": set(PARTIES), "code": str, "at": TIME}],
    "public_value": {"value": str, "at": TIME, "source": {"named", "fallback"}, "fallback_reason": str},
    "openings": [
        (
            {"party": set(PARTIES), "nonce": str, "words": str, "at": TIME},
            {"party": set(PARTIES), "refusal": str, "at": TIME},
        )
    ],
    "outcome": (
        {
            "seed": str,
            "strata": [
                {
                    "key": str,
                    "order": [{"id": str, "rank": str, "place": str}],
                    "selected": [str],
                    "standby": [str],
                    "vacant": int,
                }
            ],
        },
        None,
    ),
    "code": str,
    "replacements": [
        {
            "number": int,
            "stratum": str,
            "leaver": str,
            "leaving": {"declined", "unreachable", "recused", "withdrew"},
            "reason": str,
            "at": TIME,
            "skipped": [{"id": str, "why": str}],
            "successor": (str, None),
            "code": str,
        }
    ],
}


class Unreadable(Exception):
    """The file is no record, or cannot be computed on this machine: exit code 2."""


class Findings:
    """What was computed again, and what did not agree."""

    def __init__(self):
        self.lines = []
        self.faults = []

    def fault(self, sentence):
        self.faults.append(sentence)

    def compare(self, label, expected, given):
        """Note whether a computed value is the recorded one."""
        same = expected == given
        self.lines.append(f"{label}：重新计算，{'一致' if same else '不一致'}")
        if not same:
            self.fault(f"{label}与重新计算的结果不一致。")


# --- reading -----------------------------------------------------------------------------------------------


def canonical(value):
    """JSON in UTF-8 with sorted keys and without spaces."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode("utf-8")


def misfit(shape, value, place):
    """The place where a value has not the form of `shape`, or None."""
    if isinstance(shape, tuple):
        return None if None in [misfit(option, value, place) for option in shape] else place
    if shape is None:
        return None if value is None else place
    if shape is TIME:
        return None if moment(value) is not None else place
    if isinstance(shape, set):
        return None if any(type(value) is type(option) and value == option for option in shape) else place
    if isinstance(shape, list):
        if not isinstance(value, list):
            return place
        found = (misfit(shape[0], part, f"{place}[{index}]") for index, part in enumerate(value))
        return next((wrong for wrong in found if wrong), None)
    if isinstance(shape, dict):
        if not isinstance(value, dict) or set(value) != set(shape):
            return place or SCHEMA
        found = (misfit(shape[name], value[name], (place + "." if place else "") + name) for name in shape)
        return next((wrong for wrong in found if wrong), None)
    return None if type(value) is shape else place


def moment(text):
    """A time with its offset, or None."""
    try:
        read = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        return None
    return read if read.tzinfo is not None and read.isoformat() == text else None


def load(data):
    """The record in a file."""
    try:
        record = json.loads(data.decode("utf-8"))
        canonical(record)  # half a surrogate pair has no bytes
    except (ValueError, RecursionError) as problem:
        raise Unreadable("该文件不是抽取记录：无法按JSON读取。") from problem
    if not isinstance(record, dict) or record.get("schema") != SCHEMA:
        raise Unreadable(f"该文件不是抽取记录，或版本不同（应为{SCHEMA}）。")
    return record


# --- hashing -----------------------------------------------------------------------------------------------


def frame(*parts):
    """Each part as bytes after its length (8 bytes, big-endian)."""
    given = [part if isinstance(part, bytes) else part.encode("utf-8") for part in parts]
    return b"".join(len(part).to_bytes(8, "big") + part for part in given)


def code_of(name, data):
    """H(data) in hex."""
    try:
        return hashlib.new(name, data).hexdigest()
    except ValueError as missing:
        raise Unreadable(f"本机的密码库没有{name.upper()}算法，请换一台支持该算法的电脑核验。") from missing


def lines_of(values):
    """One line of JSON for each."""
    return b"".join(canonical(value) + b"\n" for value in values)


def codes_of(name, event, pool, rules, exclusions):
    """H over the lines of pool and exclusions and over the rules; `frozen` over these and the event."""
    codes = {
        "pool": code_of(name, lines_of(pool)),
        "rules": code_of(name, lines_of([rules])),
        "exclusions": code_of(name, lines_of(exclusions)),
    }
    parts = (canonical(event), codes["pool"], codes["rules"], codes["exclusions"])
    codes["frozen"] = code_of(name, frame("EXDRAW-1/frozen", *parts))
    return codes


def commitment_of(name, frozen, opening):
    """What a party must have committed to, to open it so."""
    parts = (frozen, opening["party"], opening["nonce"], opening["words"])
    return code_of(name, frame("EXDRAW-1/commit", *parts))


def seed_of(name, frozen, record):
    """H over the locked draw, either party's commitment, nonce and words (refused: empty), and the value."""
    parts = []
    for given, opening in zip(record["commitments"], record["openings"]):
        parts += [given["code"], opening.get("nonce", ""), opening.get("words", "")]
    value = record["public_value"]
    return code_of(name, frame("EXDRAW-1/seed", frozen, *parts, value["source"], value["value"]))


def order_of(name, seed, key, people):
    """(rank, id) by HMAC of stratum and id under the seed, smallest first."""
    secret = bytes.fromhex(seed)
    ranked = []
    for person in people:
        if key in person["strata"]:
            data = frame("EXDRAW-1/rank", key, person["id"])
            ranked.append((hmac.new(secret, data, name).hexdigest(), person["id"]))
    return sorted(ranked)


# --- what the protocol demands -----------------------------------------------------------------------------


def locked(findings, frozen):
    """Pool and exclusions in their order, their codes; faults of what was locked."""
    pool = [
        {"id": person["id"], "strata": sorted(set(person["strata"])), "employer": person["employer"]}
        for person in frozen["pool"]
    ]
    pool.sort(key=lambda person: (person["id"], person["strata"], person["employer"] or ""))
    unique = {(entry["id"], entry["rule"], entry["reason"]) for entry in frozen["exclusions"]}
    exclusions = [dict(zip(("id", "rule", "reason"), entry)) for entry in sorted(unique)]
    event, rules = frozen["event"], frozen["rules"]
    codes = codes_of(rules["hash"], event, pool, rules, exclusions)
    expected = {"event": event, "pool": pool, "rules": rules, "exclusions": exclusions, "codes": codes}
    if not event["id"] or not event["title"]:
        findings.fault("抽取事项没有编号或名称。")
    check_rules(findings, rules)
    check_pool(findings, pool, exclusions)
    check_supplement(findings, expected)
    check_strata(findings, expected)
    return expected


def check_rules(findings, rules):
    keys = [stratum["key"] for stratum in rules["strata"]]
    if not keys or len(set(keys)) < len(keys) or "" in keys:
        findings.fault("专业组为空、重复或没有代码。")
    for stratum in rules["strata"]:
        if not stratum["name"] or stratum["quota"] < 1 or stratum["standby"] < 0:
            findings.fault(f"专业组“{stratum['key']}”的名称、名额或候补人数不对。")
    for source in (rules["public_source"], rules["fallback"]):
        if source["kind"] == "published":
            if not source["description"]:
                findings.fault("公开数的来源没有写明。")
        elif source["rolls"] < LEAST_ROLLS[source["sides"]]:
            findings.fault(f"骰子只掷{source['rolls']}次，次数太少。")


def check_pool(findings, pool, exclusions):
    ids = [person["id"] for person in pool]
    if not ids or len(set(ids)) < len(ids) or "" in ids:
        findings.fault("名单为空，或专家编号重复、缺失。")
    for entry in exclusions:
        if entry["id"] not in ids or not entry["rule"] or not entry["reason"]:
            findings.fault(f"排除的“{entry['id']}”不在名单中，或没有依据、理由。")


def drawable(frozen):
    out = {entry["id"] for entry in frozen["exclusions"]}
    return [person for person in frozen["pool"] if person["id"] not in out]


def check_supplement(findings, frozen):
    supplement = frozen["event"]["supplement"]
    if supplement is None:
        return
    if not supplement["reason"]:
        findings.fault("补抽没有写明原因。")
    vacant = {entry["stratum"]: entry["seats"] for entry in supplement["vacant"]}
    for stratum in frozen["rules"]["strata"]:
        if stratum["quota"] > vacant.get(stratum["key"], 0):
            findings.fault(f"专业组“{stratum['name']}”补抽人数多于空缺。")
    gone = {seat["id"] for seat in supplement["seated"]} | set(supplement["departed"])
    for person in drawable(frozen):
        if person["id"] in gone:
            findings.fault(f"“{person['id']}”在前次抽取中已选中或已退出，不应再次参加抽取。")


def check_strata(findings, frozen):
    supplement = frozen["event"]["supplement"]
    blocked = {seat["employer"] for seat in supplement["seated"]} if supplement else set()
    for stratum in frozen["rules"]["strata"]:
        members = [person for person in drawable(frozen) if stratum["key"] in person["strata"]]
        places = len(members)
        if frozen["rules"]["one_per_employer"]:
            employers = {person["employer"] for person in members} - blocked - {None}
            places = len(employers) + sum(person["employer"] is None for person in members)
        if places < stratum["quota"]:
            findings.fault(f"专业组“{stratum['name']}”可选人数少于名额。")


def check_acts(findings, frozen, record):
    """Both committed, then the public value, then both opened; every opening fits its commitment."""
    value = record["public_value"]
    started, told = moment(frozen["event"]["frozen_at"]), moment(value["at"])
    for acts in (record["commitments"], record["openings"]):
        if [act["party"] for act in acts] != list(PARTIES):
            findings.fault("记录不完整：双方的密数校验码和密数须各有一个，组织方在前。")
            return False
    for given, opening in zip(record["commitments"], record["openings"]):
        name = NAMES[given["party"]]
        if not started <= moment(given["at"]) <= told <= moment(opening["at"]):
            findings.fault(f"{name}的时间顺序不对：应依次为锁定名单、提交校验码、产生公开数、公开密数。")
        if not HEX.fullmatch(given["code"]):
            findings.fault(f"{name}的密数校验码写法不对。")
        check_opening(findings, frozen, given, opening, name)
    check_value(findings, frozen["rules"], value)
    return True


def check_opening(findings, frozen, given, opening, name):
    if "refusal" in opening:
        findings.lines.append(f"{name}没有公开密数：{opening['refusal']}")
        if not opening["refusal"]:
            findings.fault(f"{name}没有公开密数，也没有写明情况。")
        return
    if not HEX.fullmatch(opening["nonce"]):
        findings.fault(f"{name}的密数写法不对。")
    expected = commitment_of(frozen["rules"]["hash"], frozen["codes"]["frozen"], opening)
    findings.compare(f"{name}的密数校验码", expected, given["code"])


def check_value(findings, rules, value):
    source = rules["public_source"] if value["source"] == "named" else rules["fallback"]
    text = value["value"]
    if source["kind"] == "dice":
        thrown = text.split(" ")
        fits = len(thrown) == source["rolls"] and all(
            len(face) == 1 and face in FACES[source["sides"]] for face in thrown
        )
    else:
        fits = bool(text) and " ".join(text.split()) == text
    if not fits:
        findings.fault("公开数的写法或次数与规则不符。")
    if (value["source"] == "fallback") != bool(value["fallback_reason"]):
        findings.fault("公开数改用备用来源与否，同所写原因不符。")
    findings.lines.append(f"公开数：{text}")


# --- selecting and replacing -------------------------------------------------------------------------------


class Seating:
    """Who sits where; one rule says who is next, at the draw and later."""

    def __init__(self, frozen):
        capped = frozen["rules"]["one_per_employer"]
        self.employer = {person["id"]: person["employer"] if capped else None for person in frozen["pool"]}
        supplement = frozen["event"]["supplement"]
        self.earlier = [seat["employer"] for seat in supplement["seated"]] if supplement else []
        self.seats: dict = {stratum["key"]: [] for stratum in frozen["rules"]["strata"]}
        self.departed = []

    def hindrance(self, person, key):
        if person in self.departed:
            return "departed"
        for stratum, held in self.seats.items():
            if person in held:
                return "selected" if stratum == key else "elsewhere"
        taken = self.earlier + [self.employer[other] for held in self.seats.values() for other in held]
        return "employer" if self.employer[person] is not None and self.employer[person] in taken else None


def select(frozen, seed):
    """Fill the seats of every stratum in the published order, then name the 候补."""
    name, people, seating = frozen["rules"]["hash"], drawable(frozen), Seating(frozen)
    strata = frozen["rules"]["strata"]
    orders = {stratum["key"]: order_of(name, seed, stratum["key"], people) for stratum in strata}
    for stratum in strata:
        held = seating.seats[stratum["key"]]
        for _, person in orders[stratum["key"]]:
            if len(held) != stratum["quota"] and seating.hindrance(person, stratum["key"]) is None:
                held.append(person)
    return {"seed": seed, "strata": [named(stratum, orders[stratum["key"]], seating) for stratum in strata]}


def named(stratum, order, seating):
    """One stratum's result: every person's place, who has a seat, who is 候补."""
    ranked: list = []
    standby: list = []
    for rank, person in order:
        place = seating.hindrance(person, stratum["key"])
        if place is None:
            place = "standby" if len(standby) < stratum["standby"] else "reserve"
            standby += [person] if place == "standby" else []
        ranked.append({"id": person, "rank": rank, "place": place})
    seats = list(seating.seats[stratum["key"]])
    return {
        "key": stratum["key"],
        "order": ranked,
        "selected": seats,
        "standby": standby,
        "vacant": stratum["quota"] - len(seats),
    }


def seated(record):
    """Who sits after all replacements."""
    seating = Seating(record["frozen"])
    for part in record["outcome"]["strata"] if record["outcome"] else []:
        seating.seats[part["key"]] = list(part["selected"])
    for entry in record["replacements"]:
        held = seating.seats[entry["stratum"]]
        place = held.index(entry["leaver"])
        held[place : place + 1] = [] if entry["successor"] is None else [entry["successor"]]
        seating.departed.append(entry["leaver"])
    return seating


def replaced(findings, record, given):
    """The given replacement made again on `record`, or None where it cannot be made."""
    seating = seated(record)
    key = next((key for key, held in seating.seats.items() if given["leaver"] in held), None)
    before = [entry["at"] for entry in record["replacements"] or record["openings"]]
    if record["outcome"] is None or key is None or not given["reason"]:
        findings.fault(f"第{given['number']}次递补：退出的人不在人选中，或没有写明原因。")
        return None
    if moment(given["at"]) < max(map(moment, before)):
        findings.fault(f"第{given['number']}次递补的时间早于前一步。")
        return None
    seating.seats[key].remove(given["leaver"])
    seating.departed.append(given["leaver"])
    entry = {name: given[name] for name in ("leaver", "leaving", "reason", "at")}
    entry.update(number=len(record["replacements"]) + 1, stratum=key, skipped=[], successor=None)
    for person in next(part["order"] for part in record["outcome"]["strata"] if part["key"] == key):
        why = seating.hindrance(person["id"], key)
        if why is None:
            entry["successor"] = person["id"]
            break
        if why in ("employer", "elsewhere"):
            entry["skipped"].append({"id": person["id"], "why": why})
    last = record["replacements"][-1]["code"] if record["replacements"] else record["code"]
    name = record["frozen"]["rules"]["hash"]
    entry["code"] = code_of(name, frame("EXDRAW-1/replacement", last, canonical(entry)))
    return entry


# --- the earlier draw --------------------------------------------------------------------------------------


def check_links(findings, record, earlier, before):
    """The difference to the earlier draw, and what a 补抽 carries on, from the records of all before it."""
    event = record["frozen"]["event"]
    if event["previous"] is None:
        findings.fault("该记录没有写明承接前次抽取，不能与前次记录核对。")
        return
    expected = {
        "event": earlier["frozen"]["event"]["id"],
        "code": last_code(earlier),
        "difference": difference(earlier["frozen"], record["frozen"]),
    }
    findings.compare("与前次抽取的差异", expected, event["previous"])
    if event["supplement"] is not None:
        expected = supplement_of(earlier, event["supplement"]["reason"], before)
        findings.compare("补抽承接的人选、退出人员和空缺", expected, event["supplement"])


def difference(before, now):
    old, new = ({person["id"]: person for person in frozen["pool"]} for frozen in (before, now))
    was, out = ({entry["id"] for entry in frozen["exclusions"]} for frozen in (before, now))
    return {
        "added": sorted(set(new) - set(old)),
        "removed": sorted(set(old) - set(new)),
        "changed": sorted(key for key in set(old) & set(new) if old[key] != new[key]),
        "newly_excluded": sorted(out - was),
        "no_longer_excluded": sorted(was - out),
        "rules": [name for name in RULE_FIELDS if before["rules"][name] != now["rules"][name]],
    }


def supplement_of(earlier, reason, before):
    """Seats held, persons gone and seats open after the draws `before` (oldest first) and `earlier`."""
    records = [*before, earlier]
    oldest = records[0]["frozen"]
    sought = [
        {"stratum": stratum["key"], "name": stratum["name"], "seats": stratum["quota"]}
        for stratum in oldest["rules"]["strata"]
    ]
    carried = oldest["event"]["supplement"] or {"seated": [], "departed": [], "vacant": sought}
    held, gone = list(carried["seated"]), set(carried["departed"])
    count: dict = {}
    for record in records:
        seating = seated(record)
        employer = {person["id"]: person["employer"] for person in record["frozen"]["pool"]}
        for key, persons in seating.seats.items():
            held += [{"stratum": key, "id": person, "employer": employer[person]} for person in persons]
            count[key] = count.get(key, 0) + len(persons)
        gone |= set(seating.departed)
    vacant = [
        dict(entry, seats=entry["seats"] - count.get(entry["stratum"], 0)) for entry in carried["vacant"]
    ]
    return {
        "reason": reason,
        "seated": held,
        "departed": sorted(gone - {seat["id"] for seat in held}),
        "vacant": [entry for entry in vacant if entry["seats"] > 0],
    }


# --- the whole ---------------------------------------------------------------------------------------------


def last_code(record):
    return record["replacements"][-1]["code"] if record["replacements"] else record["code"]


def verify(data, previous=(), code=None):
    """Findings of one record; `faults` is empty where everything is equal. `previous`: records before it."""
    record, findings = load(data), Findings()
    wrong = misfit(SHAPE, record, "")
    if wrong is not None:
        findings.fault(f"抽取记录的“{wrong}”缺失或格式不对。")
        return findings
    frozen = locked(findings, record["frozen"])
    findings.compare("名单、规则、排除名单和锁定校验码", frozen, record["frozen"])
    if not check_acts(findings, frozen, record):
        return findings
    expected = again(findings, record, frozen)
    if not findings.faults and (canonical(expected) + b"\n" != data or not in_nfc(data)):
        findings.fault("文件内容相同，但字节与规范写法不同（空格、顺序、重复项或字符编码被改动过）。")
    if previous:
        if any(verify(one).faults for one in previous):
            findings.fault("所给的前次记录本身不能通过核验，请先核验前次记录。")
        else:
            in_order = sorted(
                map(load, previous), key=lambda one: moment(one["frozen"]["event"]["frozen_at"])
            )
            check_links(findings, record, in_order[-1], in_order[:-1])
    if code is not None and "".join(code.split()).lower() not in (record["code"], last_code(record)):
        findings.fault("记录的校验码与所给的校验码不同，请核对签字的抽取记录表。")
    return findings


def again(findings, record, frozen):
    """The record put together from what the parties did."""
    name = frozen["rules"]["hash"]
    refused = any("refusal" in opening for opening in record["openings"])
    void = refused and frozen["rules"]["on_refusal"] == "void"
    expected = {
        "schema": SCHEMA,
        "frozen": frozen,
        "commitments": record["commitments"],
        "public_value": record["public_value"],
        "openings": record["openings"],
        "outcome": None if void else select(frozen, seed_of(name, frozen["codes"]["frozen"], record)),
    }
    expected["code"] = code_of(name, frame("EXDRAW-1/draw", canonical(expected)))
    expected["replacements"] = []
    compare_outcome(findings, expected["outcome"], record["outcome"])
    findings.compare("抽取校验码", expected["code"], record["code"])
    for given in record["replacements"]:
        entry = replaced(findings, expected, given)
        if entry is None:
            break
        findings.compare(f"第{entry['number']}次递补", entry, given)
        expected["replacements"].append(entry)
    return expected


def compare_outcome(findings, expected, given):
    if expected is None or given is None:
        findings.compare("抽取结果（因一方没有公开密数，按规则作废）", expected, given)
        return
    findings.compare("抽取参数", expected["seed"], given["seed"])
    keys = [part["key"] for part in expected["strata"]]
    if keys != [part["key"] for part in given["strata"]]:
        findings.fault("抽取结果的专业组与规则不一致。")
        return
    for wanted, found in zip(expected["strata"], given["strata"]):
        findings.compare(f"专业组“{wanted['key']}”的顺序、选中和候补", wanted, found)


def in_nfc(data):
    text = data.decode("utf-8")
    return unicodedata.normalize("NFC", text) == text


def grouped(code):
    return " ".join(code[start : start + 4] for start in range(0, len(code), 4))


def summary(record):
    """What the reader compares with the signed sheet."""
    frozen = record["frozen"]
    yield f"抽取事项：{frozen['event']['id']} {frozen['event']['title']}"
    out = {entry["id"] for entry in frozen["exclusions"]}
    yield f"名单{len(frozen['pool'])}人，排除{len(out)}人。"
    names = {stratum["key"]: stratum["name"] for stratum in frozen["rules"]["strata"]}
    for part in record["outcome"]["strata"] if record["outcome"] else []:
        selected, standby = ("、".join(part[name]) or "—" for name in ("selected", "standby"))
        yield f"{names[part['key']]}：选中{selected}；候补{standby}"
    yield f"锁定校验码：{grouped(frozen['codes']['frozen'])}"
    yield f"抽取校验码：{grouped(record['code'])}"
    if record["replacements"]:
        yield f"最近一次递补的校验码：{grouped(last_code(record))}"


def read(path):
    try:
        with open(path, "rb") as stream:
            return stream.read()
    except OSError as problem:
        raise Unreadable(f"无法读取文件 {path}：{problem.strerror}") from problem


def main(arguments=None):
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("file", help="抽取记录（JSON）")
    parser.add_argument("--previous", action="append", default=[], help="前次抽取记录（JSON），可写多个")
    parser.add_argument("--code", help="签字的抽取记录表上的校验码")
    options = parser.parse_args(arguments)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a terminal without Chinese must not end the check
            stream.reconfigure(errors="backslashreplace")
    try:
        data = read(options.file)
        findings = verify(data, [read(path) for path in options.previous], options.code)
    except Unreadable as problem:
        print(problem, file=sys.stderr)
        return 2
    for line in findings.lines:
        print(line)
    if findings.faults:
        print(f"结论：发现{len(findings.faults)}处问题，本记录不能采信：")
        for sentence in findings.faults:
            print("  " + sentence)
        return 1
    for line in summary(load(data)):
        print(line)
    print("结论：全部重新计算，逐字节一致。请再将上列校验码与签字的抽取记录表逐组核对。")
    return 0


if __name__ == "__main__":
    sys.exit(main())
