#!/usr/bin/env python3
"""由归档的评分重新计算名单：不依赖门户，只用 Python 标准库（3.8 或更新版本）。

    python3 recount.py                  复算本文件所在文件夹的归档，打印名单，并与“名单.txt”逐字节核对
    python3 recount.py 归档.zip          直接复算归档文件
    python3 recount.py --list-only      只打印名单，不核对

退出码：0 全部一致；1 有不一致，写明第一处；2 文件无法读取，或超出本脚本的计算范围。

得分按百分之一分的整数计算，不用浮点数。专家宽严度按分数（有理数）精确求解；一个互相连通的评审组超过
150 名专家时用迭代法求解，误差不超过百分之一分的千万分之一。门户对超过 60 名专家的评审组用迭代法，结果先取到
百分之一分的百万分之一再四舍五入，本脚本同样取位。
"""
# It shares no code with the portal, so that a fault of one is told by the other.

import argparse
import csv
import hashlib
import io
import json
import os
import re
import sys
import unicodedata
import zipfile
from math import isqrt
from operator import mul
from typing import Any

SCHEMA = "RECOUNT-1"
FOLDER, LIST, RULES = "复算", "名单.txt", "规则/规则.json"
EXACT, PORTAL_EXACT = 150, 60  # experts of one part that are solved exactly: here, by the portal
LOOP_SCALE = 10**9
ROOT_SCALE, ROOT_SNAP, LOOP_SNAP, EXACT_SHEETS = 10**30, 10**12, 10**6, 100000
POINTS = re.compile(r"[0-9]+(\.[0-9]{1,2})?")

KINDS = {"final": "最终排名", "shortlist": "入围名单"}
NORMALIZE = {"none": "不校准", "severity": "宽严度校准", "z_score": "标准分换算"}
COMBINE = {"mean": "算术平均", "drop_high_low": "去掉一个最高分和一个最低分后平均", "median": "中位数"}
OUTCOMES = {
    "proposed": "拟入选", "ranked": "列入排名", "tied": "并列待定", "shortlisted": "入围",
    "not_shortlisted": "未入围", "below_threshold": "低于入围分数线", "withdrawn": "已撤回",
    "abstained": "未参加答辩", "unscored": "没有有效评分",
}  # fmt: skip
PROPOSABLE = ("recommended", "conditional")


class Unreadable(Exception):
    """Not an archive, or beyond what this script computes: exit code 2."""


class Impossible(Exception):
    """The rule forbids a result from these sheets."""


# --- reading -----------------------------------------------------------------------------------------------


class Archive:
    """The files of an archive, unpacked or still in its zip."""

    def __init__(self, place):
        self.place, self.zip = place, None
        if os.path.isfile(place):
            try:
                self.zip = zipfile.ZipFile(place)
            except (OSError, zipfile.BadZipFile) as problem:
                raise Unreadable(f"“{place}”不是归档文件：不能按zip打开。") from problem

    def names(self):
        if self.zip is not None:
            return [name for name in self.zip.namelist() if not name.endswith("/")]
        found = []
        for folder, _folders, files in os.walk(self.place):
            for name in files:
                found.append(os.path.relpath(os.path.join(folder, name), self.place).replace(os.sep, "/"))
        return sorted(found)

    def read(self, name):
        try:
            if self.zip is not None:
                return self.zip.read(name)
            with open(os.path.join(self.place, *name.split("/")), "rb") as stream:
                return stream.read()
        except (OSError, KeyError, zipfile.BadZipFile) as problem:
            raise Unreadable(f"“{name}”缺失或损坏，不能读取。") from problem

    def json(self, name):
        try:
            return json.loads(self.read(name).decode("utf-8"))
        except ValueError as problem:
            raise Unreadable(f"“{name}”不能按JSON读取。") from problem


def sheets_of(data, name):
    """{(dossier, expert): {item: hundredths}} from the CSV of one stage."""
    sheets: dict[Any, Any] = {}
    try:
        rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    except (ValueError, csv.Error) as problem:
        raise Unreadable(f"“{name}”不能按CSV读取。") from problem
    for line, row in enumerate(rows[1:], start=2):
        if len(row) < 4 or not POINTS.fullmatch(row[3]):
            raise Unreadable(f"“{name}”第{line}行写法不对。")
        sheet = sheets.setdefault((row[0], row[1]), {})
        if row[2] in sheet:
            raise Unreadable(f"“{name}”第{line}行重复：{'、'.join(row[:3])}已有得分。")
        whole, _, rest = row[3].partition(".")
        sheet[row[2]] = int(whole) * 100 + int((rest + "00")[:2])
    return sheets


# --- exact arithmetic --------------------------------------------------------------------------------------


def nearest(number, below):
    """number / below as the nearest whole number, a half away from zero."""
    rounded = (2 * abs(number) + below) // (2 * below)
    return -rounded if number < 0 else rounded


def half_up(number, below, unit=1, snap=None):
    """number / below in hundredths to multiples of `unit`; `snap`: first to a grid of 1/snap hundredths."""
    if snap is not None:
        number, below = nearest(number * snap, below), snap
    return nearest(number, below * unit) * unit


def points(hundredths):
    """As written: two decimals."""
    sign = "-" if hundredths < 0 else ""
    whole, rest = divmod(abs(hundredths), 100)
    return f"{sign}{whole}.{rest:02}"


def parts_of(pairs):
    """Which dossiers and experts hang together by reviews: {dossier: part}, {expert: part}."""
    above: dict[Any, Any] = {}

    def root(one):
        while above[one] != one:
            above[one] = above[above[one]]
            one = above[one]
        return one

    for dossier, expert in pairs:
        one, other = ("d", dossier), ("e", expert)
        above.setdefault(one, one)
        above.setdefault(other, other)
        above[root(one)] = root(other)
    number: dict[Any, Any] = {}
    found: Any = ({}, {})
    for kind, name in above:
        part = number.setdefault(root((kind, name)), len(number))
        found[kind == "e"][name] = part
    return found


def effects_of(totals):
    """{expert: numerator}, denominator: least squares, the effects of a part sum to 0.

    totals: {(dossier, expert): hundredths}. a_i eliminated: for every expert j,
    m_j b_j - sum over the dossiers i of j of (sum of b over i) / n_i = sum over them of (y_ij - mean_i).
    """
    _of_dossier, of_expert = parts_of(totals)
    solved, common = {}, 1
    for part in range(len(set(of_expert.values()))):
        names = sorted(expert for expert in of_expert if of_expert[expert] == part)
        own = {pair: value for pair, value in totals.items() if of_expert[pair[1]] == part}
        values, below = solve_part(names, own)
        for name, value in zip(names, values):
            solved[name] = (value, below)
        common = common * below // gcd(common, below)
    return {name: value * (common // below) for name, (value, below) in solved.items()}, common


def solve_part(names, totals):
    """Numerators and denominator of the effects of one part, summing to 0."""
    size, place = len(names), {name: at for at, name in enumerate(names)}
    if size == 1:
        return [0], 1
    if size > EXACT:
        return settled(place, totals)
    rows: dict[Any, Any] = {}
    for (dossier, expert), value in totals.items():
        rows.setdefault(dossier, []).append((place[expert], value))
    common = 1
    for count in {len(row) for row in rows.values()}:
        common = common * count // gcd(common, count)
    matrix = [[0] * (size + 1) for _ in range(size)]
    for row in rows.values():
        share, summed = common // len(row), sum(value for _, value in row)
        for j, value in row:
            matrix[j][j] += common
            matrix[j][size] += common * value - share * summed
            line = matrix[j]
            for k, _ in row:
                line[k] -= share
    values, below = eliminated([[*line[: size - 1], line[size]] for line in matrix[: size - 1]])
    values.append(0)
    total = sum(values)
    values, below = [size * value - total for value in values], size * below
    shared = below
    for value in values:
        shared = gcd(shared, value)
    return [value // shared for value in values], below // shared


def settled(place, totals):
    """The same for a part too large to solve exactly: conjugate gradients, begun again on what is left
    until nothing moves by more than 1e-7 hundredths, then put on a grid of 1e-9.
    """
    size = len(place)
    rows: dict[Any, Any] = {}
    for (dossier, expert), value in totals.items():
        rows.setdefault(dossier, []).append((place[expert], value))
    seats = [[j for j, _ in row] for row in rows.values()]
    count = [0.0] * size
    right = [0.0] * size
    for row in rows.values():
        mean = sum(value for _, value in row) / len(row)
        for j, value in row:
            count[j] += 1.0
            right[j] += value - mean

    def applied(vector):
        found = [count[j] * vector[j] for j in range(size)]
        for own in seats:
            share = sum(vector[j] for j in own) / len(own)
            for j in own:
                found[j] -= share
        return found

    effect = [0.0] * size
    for _ in range(20):
        rest = [one - other for one, other in zip(right, applied(effect))]
        step = gradients(applied, rest, count)
        shift = sum(step) / size
        step = [value - shift for value in step]
        effect = [one + other for one, other in zip(effect, step)]
        if max(map(abs, step)) < 1e-7:
            return [round(value * LOOP_SCALE) for value in effect], LOOP_SCALE
    raise Unreadable("专家宽严度未能收敛，评审组之间的共同评审过少，本脚本不能计算。")


def gradients(applied, right, count):
    """One run of conjugate gradients, scaled by the review counts; good to about nine digits."""
    found, rest = [0.0] * len(right), list(right)
    scaled = [value / n for value, n in zip(rest, count)]
    way, size = list(scaled), sum(map(mul, rest, scaled))
    enough = size * 1e-18
    for _ in range(5000):
        if size <= enough:
            break
        image = applied(way)
        length = size / sum(map(mul, way, image))
        found = [value + length * move for value, move in zip(found, way)]
        rest = [value - length * move for value, move in zip(rest, image)]
        scaled = [value / n for value, n in zip(rest, count)]
        size, before = sum(map(mul, rest, scaled)), size
        way = [value + size / before * move for value, move in zip(scaled, way)]
    return found


def eliminated(work):
    """Solve a positive definite whole-number system (right side last) without fractions, by symmetry."""
    size = len(work)
    shared = 0
    for line in work:
        for value in line:
            shared = gcd(shared, value)
    work = [[value // (shared or 1) for value in line] for line in work]
    before = 1
    for step in range(size - 1):
        top = work[step]
        pivot = top[step]
        for i in range(step + 1, size):
            line, factor = work[i], top[i]  # below the diagonal the matrix mirrors its upper half
            if factor:
                for j in range(i, size + 1):
                    line[j] = (pivot * line[j] - factor * top[j]) // before
            else:
                for j in range(i, size + 1):
                    line[j] = pivot * line[j] // before
        before = pivot
    below = work[size - 1][size - 1]
    found = [0] * size
    for i in range(size - 1, -1, -1):
        line = work[i]
        known = sum(line[j] * found[j] for j in range(i + 1, size))
        found[i] = (below * line[size] - known) // line[i]
    return found, below


def gcd(one, other):
    while other:
        one, other = other, one % other
    return abs(one)


# --- one round ---------------------------------------------------------------------------------------------


class Scored:
    """Published scores and criterion means of one stage: hundredths by dossier."""

    def __init__(self, stage, rule, sheets):
        items = [item for item, _ in stage["items"]]
        self.stage = stage
        self.sheets = {pair: sheet for pair, sheet in sheets.items() if set(sheet) == set(items)}
        if not self.sheets:
            raise Impossible("“{}”没有完整的评分。".format(stage["name"]))
        self.unit = 10 ** (2 - int(rule["places"]))
        totals = {pair: sum(sheet.values()) for pair, sheet in self.sheets.items()}
        self.of: Any = {}
        for pair in sorted(totals):
            self.of.setdefault(pair[0], []).append(pair)
        self.dossiers = [name for name in stage["dossiers"] if name in self.of]
        self.unscored = [name for name in stage["dossiers"] if name not in self.of]
        values, below, snap, self.normalize = self._normalized(rule, totals)
        self.combine = self._combination(rule)
        self.score = {name: self._combined(values, name, below, snap) for name in self.dossiers}

    def _normalized(self, rule, totals):
        """Each total on one scale, comparable between experts; how in the end."""
        how = rule["normalize"]
        if how == "severity":
            of_dossier, of_expert = parts_of(totals)
            if self._torn(of_dossier):
                how = rule["fallback"]
            else:
                effect, below = effects_of(totals)
                sizes = list(of_expert.values())
                largest = max(sizes.count(part) for part in set(sizes))
                levelled = {pair: value * below - effect[pair[1]] for pair, value in totals.items()}
                return levelled, below, LOOP_SNAP if largest > PORTAL_EXACT else None, how
        if how == "z_score":
            snap = ROOT_SNAP if len(totals) <= EXACT_SHEETS else LOOP_SNAP
            return standardized(totals), ROOT_SCALE, snap, how
        return totals, 1, None, how

    def _torn(self, part_of):
        """The reviews do not hang together, within each group where dossiers were scored in groups."""
        groups = self.stage.get("groups")
        if groups is None:
            return len(set(part_of.values())) > 1
        parts: dict[Any, Any] = {}
        for name, part in part_of.items():
            parts.setdefault(groups[name], set()).add(part)
        return any(len(found) > 1 for found in parts.values())

    def _combination(self, rule):
        if rule["combine"] != "drop_high_low":
            return rule["combine"]
        few = [name for name in self.dossiers if len(self.of[name]) < int(rule["min_reviews"])]
        if not few:
            return "drop_high_low"
        if rule["below_threshold"] == "refuse":
            raise Impossible(
                "{}的有效评分少于{}份，按规则不能计算。".format("、".join(few), rule["min_reviews"])
            )
        return "mean"  # for the whole round: trimmed and plain means never mix

    def _combined(self, values, name, below, snap):
        own = sorted(values[pair] for pair in self.of[name])
        if self.combine == "median":
            middle = own[(len(own) - 1) // 2] + own[len(own) // 2]
            return half_up(middle, 2 * below, self.unit, snap)
        if self.combine == "drop_high_low":
            own = own[1:-1]
        return half_up(sum(own), below * len(own), self.unit, snap)

    def criterion(self, key):
        """Plain means of a criterion over all valid experts."""
        items = [item for item, of in self.stage["items"] if of == key]
        found = {}
        for name in self.dossiers:
            total = sum(self.sheets[pair][item] for pair in self.of[name] for item in items)
            found[name] = half_up(total, len(self.of[name]), self.unit)
        return found

    def digest(self):
        """SHA-256 over one line a score, sorted by code points."""
        sha = hashlib.sha256()
        for dossier, expert in sorted(self.sheets):
            sheet = self.sheets[dossier, expert]
            for item in sorted(sheet):
                sha.update(("\t".join((dossier, expert, item, points(sheet[item]))) + "\n").encode("utf-8"))
        return sha.hexdigest()


def standardized(totals):
    """G + S (y - m_j) / s_j with 30 decimals: population deviations, rescaled to those of the round."""
    count, grand = len(totals), sum(totals.values())
    spread = count * sum(value * value for value in totals.values()) - grand * grand
    mean = grand * ROOT_SCALE // count
    own: dict[Any, Any] = {}
    for (_, expert), value in totals.items():
        own.setdefault(expert, []).append(value)
    factors = {}
    for expert, values in own.items():
        n, t = len(values), sum(values)
        below = (n * sum(value * value for value in values) - t * t) * count * count
        factors[expert] = (n, t, isqrt(spread * n * n * ROOT_SCALE**2 // below) if below else 0)
    found = {}
    for pair, value in totals.items():
        n, t, factor = factors[pair[1]]
        found[pair] = mean + factor * (n * value - t) // n
    return found


# --- ranking -----------------------------------------------------------------------------------------------


class Line:
    def __init__(self, name, final, keys, scores):
        self.name, self.final, self.keys, self.scores = name, final, keys, scores
        self.rank, self.standing, self.outcome = 0, "", ""


class Result:
    """The recounted list: lines best first, who is apart, groups of equal final scores."""

    def __init__(self, spec, read):
        rule = spec["rule"]
        self.spec = spec
        self.stages = [Scored(stage, rule, read(stage)) for stage in spec["stages"]]
        self.apart = dict(spec["absent"])
        for stage in self.stages:
            for name in stage.unscored:
                self.apart.setdefault(name, "unscored")
        names = [name for name in self.stages[0].dossiers if name not in self.apart]
        for stage in self.stages:
            scored = {name for other in self.stages for name in other.dossiers} - set(self.apart)
            missing = sorted(scored - set(stage.dossiers))
            if missing:
                raise Impossible("{}没有“{}”环节的得分。".format(missing[0], stage.stage["name"]))
        keys = [key for key in rule["tie_keys"].split(",") if key]
        if spec["kind"] == "shortlist":
            only = self.stages[0].stage
            keys = [key for key in keys if key.split(".", 1)[0] in (only["key"], only["rubric"])]
        columns = [self._key(key) for key in keys]
        finals = self._finals(names, int(rule["places"]))
        self.lines = [
            Line(name, finals[name], tuple(column[name] for column in columns),
                 [stage.score[name] for stage in self.stages])
            for name in names
        ]  # fmt: skip
        self.lines.sort(key=lambda line: (-line.final, *tuple(-value for value in line.keys)))
        self._place(int(spec["quota"]))
        if spec["kind"] == "shortlist":
            self._go_on(hundredths_of(spec["threshold"]))
        else:
            self._propose(int(spec["quota"]))

    def _finals(self, names, places):
        """Weighted sums of the published scores; a shortlist has one stage, which counts whole."""
        if self.spec["kind"] == "shortlist":
            weights, scale = [1], 1
        else:
            texts = [stage.stage["weight"] for stage in self.stages]
            digits = max(len(text.partition(".")[2]) for text in texts)
            scale = 10**digits
            weights = [int(a or "0") * scale + int((b + "0" * digits)[:digits] or "0")
                       for a, _, b in (text.partition(".") for text in texts)]  # fmt: skip
            if sum(weights) != scale:
                raise Impossible("各评审环节的权重之和不是1。")
        return {
            name: half_up(
                sum(weight * stage.score[name] for weight, stage in zip(weights, self.stages)),
                scale, 10 ** (2 - places))
            for name in names
        }  # fmt: skip

    def _key(self, key):
        head, _, tail = key.partition(".")
        for stage in self.stages:
            if head == "stage" and tail == stage.stage["key"]:
                return stage.score
            own = head in (stage.stage["key"], stage.stage["rubric"])
            if own and any(of == tail for _, of in stage.stage["items"]):
                return stage.criterion(tail)
        raise Impossible(f"并列规则“{key}”在本次排名的环节里找不到。")

    def _place(self, quota):
        """Competition ranks, and where each group of equals stands to the cut."""
        start = 0
        while start < len(self.lines):
            end = start + 1
            first = self.lines[start]
            while end < len(self.lines) and (self.lines[end].final, self.lines[end].keys) == (
                first.final, first.keys,
            ):  # fmt: skip
                end += 1
            standing = "within" if end <= quota else "undecided" if start < quota else "beyond"
            for line in self.lines[start:end]:
                line.rank, line.standing = start + 1, standing
            start = end

    def _go_on(self, threshold):
        """All tied across the last place go on, if they reach the threshold."""
        for line in self.lines:
            if line.final < threshold:
                line.outcome = "below_threshold"
            else:
                line.outcome = "not_shortlisted" if line.standing == "beyond" else "shortlisted"

    def _propose(self, quota):
        """Only what the panel recommends; a tie across the cut as people have voted."""
        results, judged, vote = self.spec["results"], self.spec["judged"], self.spec["vote"]
        tied = [line for line in self.lines if line.standing == "undecided"]
        left = [line for line in tied if results.get(line.name) != "not_recommended"]
        places = quota - sum(line.standing == "within" for line in self.lines) if tied else 0
        for line in self.lines:
            clear = line.standing == "within" or (line in left and len(left) <= places)
            good = not judged or results.get(line.name) in PROPOSABLE
            line.outcome = "proposed" if clear and good else "ranked"
        if len(left) > places:
            chosen, open_ = vote["chosen"], vote["left"]
            if len(chosen) > places:
                raise Impossible("表决选出的多于所余的名额。")
            for line in left:
                line.outcome = (
                    "proposed" if line.name in chosen else "tied" if line.name in open_ else "ranked"
                )

    def ties(self):
        """(score, groups of names best first) of each final score that several share."""
        found, start = [], 0
        while start < len(self.lines):
            end = start
            while end < len(self.lines) and self.lines[end].final == self.lines[start].final:
                end += 1
            if end - start > 1:
                groups: Any = []
                for line in self.lines[start:end]:
                    if not groups or groups[-1][0] != line.keys:
                        groups.append((line.keys, []))
                    groups[-1][1].append(line.name)
                found.append((self.lines[start].final, [names for _, names in groups]))
            start = end
        return found


def hundredths_of(text):
    whole, _, rest = text.partition(".")
    return int(whole) * 100 + int((rest + "00")[:2])


def listing(result):
    """The list as “名单.txt” has it."""
    spec = result.spec
    told = [
        "{}{}（第{}版）".format(
            KINDS[spec["kind"]], " " + spec["panel"] if spec["panel"] else "", spec["version"]
        )
    ]
    for stage in result.stages:
        weight = "" if spec["kind"] == "shortlist" else "，权重{}".format(stage.stage["weight"])
        method = NORMALIZE[stage.normalize] + "、" + COMBINE[stage.combine]
        told.append("环节：{}{}，{}".format(stage.stage["name"], weight, method))
    told.append("数量：{}".format(spec["quota"]))
    told.append(
        "\t".join(["名次", "编号", "申报单位", "得分"] + [s.stage["name"] for s in result.stages] + ["结果"])
    )
    for line in result.lines:
        cells = [str(line.rank), line.name, spec["names"].get(line.name, ""), points(line.final)]
        told.append("\t".join(cells + [points(score) for score in line.scores] + [OUTCOMES[line.outcome]]))
    for name in sorted(result.apart):
        if name in spec["names"]:
            code = result.apart[name]
            told.append("\t".join(["—", name, spec["names"][name], OUTCOMES.get(code, code)]))
    for score, groups in result.ties():
        order = " > ".join(" = ".join(group) for group in groups)
        told.append(f"同分{points(score)}：{order}")
    return "".join(line + "\n" for line in told)


# --- comparing ---------------------------------------------------------------------------------------------


def differences(result, body):
    """What the frozen body says otherwise, in order."""
    spec = result.spec
    where = "{}第{}版".format(KINDS[spec["kind"]], spec["version"])
    for stage in result.stages:
        if body["inputs"].get(stage.stage["key"]) != stage.digest():
            yield "{}“{}”的评分与冻结时的校验码不符".format(where, stage.stage["name"])
    frozen = {row["number"]: row for row in body["rows"]}
    if [row["number"] for row in body["rows"]] != [line.name for line in result.lines]:
        yield f"{where}名单的顺序或单位与冻结内容不同"
    for line in result.lines:
        row = frozen.get(line.name)
        if row is None:
            continue
        scores = {s.stage["key"]: points(score) for s, score in zip(result.stages, line.scores)}
        for what, ours, theirs in (
            ("名次", line.rank, row["rank"]),
            ("得分", points(line.final), row["final"]),
            ("各环节得分", scores, row["stage_scores"]),
            ("是否在名额内", line.standing, row["standing"]),
            ("结果", line.outcome, row["outcome"]),
        ):
            if ours != theirs:
                yield f"{where}{line.name}的{what}：复算为{ours}，冻结内容为{theirs}"
    apart = {row["number"]: row["code"] for row in body["outside"]}
    ours = {name: code for name, code in result.apart.items() if name in spec["names"]}
    if apart != ours:
        yield f"{where}不参加排名的单位与冻结内容不同"


def plain(value):
    """A value of the rules without its basis."""
    return value["value"] if isinstance(value, dict) and "value" in value else value


def rule_differences(spec, rules):
    """Where what was computed with is not what the rules say."""
    call = rules["call"]
    rule, where = call.get("rule", {}), "规则文件与复算所用的"
    for name, given in sorted(spec["rule"].items()):
        if name == "tie_keys":
            known = plain(rule.get(name, []))
            if [key for key in given.split(",") if key and key not in known]:
                yield where + "并列规则不同"
        elif name in rule and str(plain(rule[name])) != given:
            yield f"{where}{name}不同"
    stages = {plain(stage["key"]): stage for stage in call["review_stages"]}
    for stage in spec["stages"]:
        told = stages.get(stage["key"], {})
        weight = plain(told.get("weight", "0"))
        if spec["kind"] == "final" and str(weight) != stage["weight"]:
            yield "{}“{}”权重不同".format(where, stage["name"])
        rubric = rules.get(stage["rubric"], {})
        items = [
            [plain(item["key"]), plain(criterion["key"])]
            for criterion in rubric.get("criteria", [])
            for item in criterion.get("items", [])
        ]
        if items != stage["items"]:
            yield "{}“{}”评分项目不同".format(where, stage["name"])
    if spec["kind"] == "final" and str(plain(call["quota"])) != str(spec["quota"]):
        yield where + "数量不同"


def recount(archive, given=None):
    """The text of all lists, and the first things that differ."""
    names = set(archive.names())
    specs = sorted(
        name
        for name in names
        if re.fullmatch(FOLDER + r"/[^/]+/排名\.json", unicodedata.normalize("NFC", name))
    )
    if not specs and LIST in names:
        return b"", []
    if not specs:
        raise Unreadable("这里没有可以复算的排名：请在解压后的归档文件夹中运行，或写出归档文件的名称。")
    text, found = [], []
    rules = archive.json(RULES)
    for name in specs:
        folder, spec = name.rsplit("/", 1)[0], archive.json(name)
        if spec.get("schema") != SCHEMA:
            raise Unreadable(f"“{name}”的版本不同（应为{SCHEMA}）。")

        def read(stage, folder=folder):
            place = folder + "/" + stage["sheets"]
            return sheets_of(archive.read(place), place)

        body = archive.read(folder + "/冻结内容.json")
        if not spec.get("masked") and hashlib.sha256(body).hexdigest() != spec["digest"]:
            found.append(f"“{folder}/冻结内容.json”与冻结时的校验码不符")
        try:
            result = Result(spec, read)
        except Impossible as problem:
            found.append(f"“{folder}”不能复算：{problem}")
            continue
        text.append(listing(result))
        found += list(rule_differences(spec, rules))
        found += list(differences(result, json.loads(body.decode("utf-8"))))
    return "\n".join(text).encode("utf-8"), found


def first_difference(ours, theirs):
    """Number of the first line that is not the same."""
    mine, other = ours.split(b"\n"), theirs.split(b"\n")
    for number, (one, two) in enumerate(zip(mine, other), start=1):
        if one != two:
            return number
    return min(len(mine), len(other)) + 1


def main(arguments=None):
    parser = argparse.ArgumentParser(description="由归档的评分重新计算名单。")
    parser.add_argument("place", nargs="?", default=os.path.dirname(os.path.abspath(__file__)))
    parser.add_argument("--list-only", action="store_true", help="只打印名单，不核对")
    given = parser.parse_args(arguments)
    say = lambda sentence: sys.stderr.buffer.write((sentence + "\n").encode("utf-8"))  # noqa: E731
    try:
        archive = Archive(given.place)
        text, found = recount(archive)
        sys.stdout.buffer.write(text)
        sys.stdout.buffer.flush()
        if given.list_only:
            return 0
        kept = archive.read(LIST)
        if kept != text:
            found.insert(0, f"“{LIST}”第{first_difference(text, kept)}行与复算的名单不同")
    except (Unreadable, KeyError, TypeError, ValueError) as problem:
        words = (
            str(problem) if isinstance(problem, Unreadable) else f"归档的内容不完整或写法不对：{problem!r}"
        )
        say("无法复算：" + words)
        return 2
    if found:
        say(f"复算不一致：{found[0]}。")
        for other in found[1:20]:
            say(f"　　　　　　{other}。")
        return 1
    say(f"复算完毕：名单与归档的“{LIST}”逐字节一致，评分、规则、名次与冻结内容一致。")
    return 0


if __name__ == "__main__":
    sys.exit(main())
