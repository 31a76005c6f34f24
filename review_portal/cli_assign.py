"""`./portal assign`: an assignment from two CSV files, without a database."""

from __future__ import annotations

import ctypes
import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from review_portal.cli_refusals import Refused, Unreadable, told
from review_portal.domain.errors import PortalError


@click.group()
def assign() -> None:
    """专家分派。"""


@assign.command("solve")
@click.argument("pairs", type=click.Path(path_type=Path))
@click.argument("bounds", type=click.Path(path_type=Path))
@click.option("--per-dossier", type=click.IntRange(min=1), required=True, help="每份材料的评审专家数。")
@click.option("--worst-first", is_flag=True, help="先让匹配最差的材料尽量好，再让总匹配度最大。")
@click.option("--connected", is_flag=True, help="全部材料须通过共同的专家连通。")
@click.option("--no-single", is_flag=True, help="每位专家不评，或至少评两份。")
@click.option("--seed", default="", help="总匹配度相同的方案之间由它决定取舍。")
@click.option(
    "--limit",
    type=click.FloatRange(min=1),
    default=120.0,
    show_default=True,
    help="整数规划至多用多少秒；到时给出现有最好的方案，并说明与最优至多相差多少。",
)
@click.option("--json", "as_json", is_flag=True, help="只输出一个 JSON 对象。")
def solve(
    pairs: Path,
    bounds: Path,
    per_dossier: int,
    worst_first: bool,
    connected: bool,
    no_single: bool,
    seed: str,
    limit: float,
    as_json: bool,
) -> None:
    """求最优分派：PAIRS 的表头为 expert,dossier,affinity,conflict，BOUNDS 为 kind,id,lo,hi。

    读不懂的文件退出码为 2；没有可行的分派时退出码为 1，并说明缺谁、放宽哪一项就够。
    """
    from review_portal.assignment.diagnosis import diagnose, sentences
    from review_portal.assignment.model import Infeasible
    from review_portal.assignment.solving import load_solvers
    from review_portal.assignment.solving import solve as best
    from review_portal.assignment.tables import plan_data, read_problem

    try:
        problem = read_problem(
            pairs,
            bounds,
            per_dossier,
            worst_first=worst_first,
            connected=connected,
            no_single=no_single,
            seed=seed,
            even_panels=True,
        )
    except PortalError as refusal:
        raise Unreadable(told(refusal)) from refusal
    except OSError as refusal:
        raise Unreadable(f"无法读取文件 {refusal.filename}：请检查路径与权限。") from refusal
    if (problem.demand % 2 == 0).any():
        click.echo("提示：有材料的评审专家数不是单数，专家组一般须为单数。", err=True)
    load_solvers()
    begin, processor = time.perf_counter(), time.process_time()
    try:
        with _own_words_only():
            plan = best(problem, limit=limit)
    except Infeasible as refusal:
        with _own_words_only():
            lines = [str(line) for line in sentences(problem, diagnose(problem))]
        raise Refused("\n  ".join([told(refusal), *lines])) from refusal
    except PortalError as refusal:
        raise Refused(told(refusal)) from refusal
    found = plan_data(problem, plan)
    found["seconds"] = round(time.perf_counter() - begin, 3)
    found["cpu_seconds"] = round(time.process_time() - processor, 3)
    text = json.dumps(found, ensure_ascii=False, indent=1) if as_json else "\n".join(_lines(found))
    sys.stdout.buffer.write(text.encode() + b"\n")  # UTF-8 whatever the terminal: other programs read it


@contextmanager
def _own_words_only() -> Iterator[None]:
    """Keep standard output for the answer: the native solver prints a line there now and then."""
    sys.stdout.flush()
    kept = os.dup(1)
    os.dup2(2, 1)
    try:
        yield
    finally:
        ctypes.CDLL(None).fflush(None)  # what the C library still holds belongs to standard error
        os.dup2(kept, 1)
        os.close(kept)


def _lines(found: dict[str, Any]) -> list[str]:
    """The plan for people: one pair a line, then what is known of it."""
    proven = "已证明没有更好的分派。"
    if not found["proven_optimal"]:
        proven = f"未证明最优：总匹配度至多 {found['bound']:.6f}，最差材料至多 {found['worst_bound']:.6f}。"
    return [
        *(f"{pair['dossier']}\t{pair['expert']}\t{pair['affinity']:.6f}" for pair in found["pairs"]),
        f"总匹配度 {found['total']:.6f}。",
        f"匹配最差的材料 {found['worst_dossier']}：{found['worst_affinity']:.6f}。",
        proven,
        "全部材料连通。" if found["connected"] else f"材料分成 {found['parts']} 个互不连通的部分。",
        f"用时 {found['seconds']} 秒。",
    ]
