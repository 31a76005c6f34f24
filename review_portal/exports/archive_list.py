"""名单.txt of the archive: each frozen ranking as text, written from what was frozen.

`standalone/recount.py` writes the same bytes from the scores; neither knows the other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

KINDS: Final = {"final": "最终排名", "shortlist": "入围名单"}
_NORMALIZE: Final = {"none": "不校准", "severity": "宽严度校准", "z_score": "标准分换算"}
_COMBINE: Final = {
    "mean": "算术平均",
    "drop_high_low": "去掉一个最高分和一个最低分后平均",
    "median": "中位数",
}
_OUTCOMES: Final = {
    "proposed": "拟入选",
    "ranked": "列入排名",
    "tied": "并列待定",
    "shortlisted": "入围",
    "not_shortlisted": "未入围",
    "below_threshold": "低于入围分数线",
    "withdrawn": "已撤回",
    "abstained": "未参加答辩",
    "unscored": "没有有效评分",
}


def lists_text(bodies: Sequence[Mapping[str, Any]]) -> bytes:
    """All lists, an empty line between two; UTF-8, one LF a line, cells apart by TAB."""
    return "\n".join(map(_text, bodies)).encode()


def _text(body: Mapping[str, Any]) -> str:
    ranking = body["ranking"]
    lines = [*_head(body), *_rows(body)]
    lines += [
        "\t".join(("—", row["number"], row["unit"], _OUTCOMES.get(row["code"], row["code"])))
        for row in body["outside"]
    ]
    lines += [
        f"同分{tie['score']}：{' > '.join(' = '.join(group) for group in tie['order'])}"
        for tie in ranking["ties"]
    ]
    return "".join(f"{line}\n" for line in lines)


def _head(body: Mapping[str, Any]) -> list[str]:
    panel = f" {body['panel']}" if body.get("panel") else ""
    lines = [f"{KINDS[body['kind']]}{panel}（第{body.get('version', 1)}版）"]
    for stage, scored in zip(body["stages"], body["ranking"]["stages"], strict=True):
        weight = "" if body["kind"] == "shortlist" else f"，权重{stage['weight']}"
        result = scored["result"]
        how = f"{_NORMALIZE[result['normalize']]}、{_COMBINE[result['combine']]}"
        lines.append(f"环节：{stage['name']}{weight}，{how}")
    lines.append(f"数量：{body['quota']}")
    names = [stage["name"] for stage in body["stages"]]
    lines.append("\t".join(("名次", "编号", "申报单位", "得分", *names, "结果")))
    return lines


def _rows(body: Mapping[str, Any]) -> list[str]:
    keys = [stage["key"] for stage in body["stages"]]
    return [
        "\t".join(
            (
                str(row["rank"]),
                row["number"],
                row["unit"],
                row["final"],
                *(row["stage_scores"][key] for key in keys),
                _OUTCOMES[row["outcome"]],
            )
        )
        for row in body["rows"]
    ]
