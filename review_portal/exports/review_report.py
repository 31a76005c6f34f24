"""评审报告 in Word: organisation, panel, procedure, method, result, unusual events, dissent, signatures.

It carries no statistics beyond method, scores, ranks and 分差: the annex is another document. What it says
was frozen when it was made; the foot prints the edition's check code.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from review_portal.domain.chinese_dates import date_text, local_date, range_text
from review_portal.exports import office_docx as office
from review_portal.exports.office_docx import SHEET_BODY, Font, Properties
from review_portal.exports.office_tables import (
    Column,
    add_facts,
    add_signature_lines,
    add_table,
    keep_with_next,
    set_cell_margins,
    set_row_heights,
)
from review_portal.exports.plain_text import MISSING, clean, digest_groups, listed

TITLE: Final = "评审报告"
_WIDTH: Final = 257.0  # of the type area of a landscape sheet, in millimetres
_NONE: Final = "无。"
_FEWEST_ROUNDS: Final = 13.0
# Chapters carry their numbers as documents do.
_NUMBERS: Final = "一二三四五六七八九十"


def write_docx(body: Mapping[str, Any], code: str) -> bytes:
    """An edition as .docx bytes; equal bodies give equal bytes. Edition 0 is a draft and says so."""
    made = local_date(datetime.fromisoformat(body["made_at"]))
    document = office.new_document(
        Properties(TITLE, clean(body["organiser"] or ""), made), landscape=True, sheet=True
    )
    office.paragraph(document, clean(body["call_title"]), Font("宋体", 10.5), align="center", pitch=None)
    office.paragraph(document, TITLE, Font("黑体", 18), align="center", pitch=34)
    ordinal = body["ordinal"]
    edition = f"第{ordinal}版　{date_text(made)}生成" if ordinal else "草稿，供核对，不供签字"
    office.paragraph(document, edition, Font("宋体", 9), align="right", pitch=None)
    chapters = (
        ("评审组织", _organisation),
        ("专家组", _panels),
        ("评审程序", _procedure),
        ("评审方法", _method),
        ("评审结果", _result),
        ("特殊情况", _events),
        ("专家不同意见", _dissent),
        ("监督情况", _supervision),
        ("签字", _signatures),
    )
    for number, (head, write) in zip(_NUMBERS, chapters, strict=False):
        title = office.paragraph(document, f"{number}、{head}", Font("黑体", 12), pitch=26)
        keep_with_next(title)
        write(document, body)
    ranking = body["ranking"]
    office.paragraph(document, "", SHEET_BODY, pitch=None)
    add_facts(
        document,
        [
            (f"第{ranking['version']}版排名校验码", digest_groups(ranking["digest"])),
            ("评分数据校验码", digest_groups(ranking["input"])),
            ("本报告校验码", digest_groups(code)),
        ],
        label_width=42,
        value_width=_WIDTH - 42,
    )
    office.add_sheet_footer(document, code[:16], f"{TITLE}校验码")
    return office.save(document)


def _organisation(document: Any, body: Mapping[str, Any]) -> None:
    days = [datetime.fromisoformat(text) for text in body["days"]]
    when = _days(days) if days else "【待填：评审时间】"
    facts = [
        ("组织单位", clean(body["organiser"] or "") or "【待填：组织单位】"),
        ("评审依据", clean(body["basis"])),
        ("评审时间", when),
        ("评审地点", clean(body["place"]) or "【待填：评审地点】"),
    ]
    add_facts(document, facts, label_width=30, value_width=_WIDTH - 30)


def _days(moments: Sequence[datetime]) -> str:
    first, last = local_date(min(moments)), local_date(max(moments))
    return date_text(first) if first == last else range_text(first, last)


def _panels(document: Any, body: Mapping[str, Any]) -> None:
    for panel in body["panels"]:
        drawn = "专家由随机抽取产生，见专家抽取记录。" if panel["drawn"] else "专家名单由组织单位确定。"
        chair = f"组长{clean(panel['chair'])}，由到会专家推举。" if panel["chair"] else "未推举组长。"
        count = len(panel["members"])
        _say(document, f"{panel['round']}：专家组共{count}人。{drawn}{chair}")
        columns = (
            Column("代号", 20, "center"),
            Column("姓名", 32, "center"),
            Column("工作单位", 95),
            Column("职称（职务）", 50),
            Column("备注", 60),
        )
        rows = [
            (
                member["code"],
                clean(member["name"]),
                clean(member["employer"]) or MISSING,
                clean(member["title"]) or MISSING,
                clean(member["note"]),
            )
            for member in panel["members"]
        ]
        add_table(document, columns, rows)
    _say(document, "回避情况：" + ("；".join(body["recusals"]) + "。" if body["recusals"] else _NONE))


def _procedure(document: Any, body: Mapping[str, Any]) -> None:
    took = body["intake"]
    text = f"共收到申报材料{took['received']}份，形式审查不予受理{took['rejected']}份，"
    _say(document, f"{text}申报单位撤回{took['withdrawn']}份。主要环节如下：")
    columns = (
        Column("序号", 14, "center"),
        Column("环节", 98),
        Column("时间", 55),
        Column("经办、地点或情况", 90),
    )
    rows = [
        (str(number), clean(step["what"]), step["at"], clean(step["note"]) or MISSING)
        for number, step in enumerate(body["steps"], start=1)
    ]
    add_table(document, columns, rows)


def _method(document: Any, body: Mapping[str, Any]) -> None:
    for line in body["method"]:
        _say(document, line)


def _result(document: Any, body: Mapping[str, Any]) -> None:
    if body["rows"]:
        add_result_table(document, body)
    else:
        _say(document, "没有列入排名的单位。")
    for line in body["sentences"]:
        _say(document, line)
    if body["outside"]:
        _say(document, "未列入排名的单位：")
        columns = (
            Column("编号", 24, "center"),
            Column("申报单位", 78),
            Column("推荐单位", 55),
            Column("原因", 28, "center"),
            Column("说明", 72),
        )
        rows = [
            (
                line["number"],
                _unit(line),
                clean(line["recommender"] or "") or MISSING,
                line["reason"],
                clean(line["detail"]) or MISSING,
            )
            for line in body["outside"]
        ]
        add_table(document, columns, rows)


def add_result_table(document: Any, body: Mapping[str, Any]) -> None:
    """Rank, unit, recommender, scores of the rounds, final score, 分差, conclusion, outcome."""
    stages = body["stages"]
    score = max(_FEWEST_ROUNDS, min(22.0, 44.0 / max(1, len(stages))))
    rest = _WIDTH - 14 - 24 - 22 - 20 - 22 - score * len(stages)
    columns = (
        Column("名次", 14, "center"),
        Column("编号", 24, "center"),
        Column("申报单位", rest * 0.42),
        Column("推荐单位", rest * 0.28),
        *(Column(f"{clean(name)}得分", score, "center") for name in stages),
        Column("最终得分", 22, "center"),
        Column("与下一名分差", 20, "center"),
        Column("专家组意见", rest * 0.30),
        Column("结果", 22, "center"),
    )
    rows = [
        (
            str(line["rank"]),
            line["number"],
            _unit(line),
            clean(line["recommender"] or "") or MISSING,
            *line["scores"],
            line["final"],
            line["gap"],
            clean(line["opinion"]),
            line["outcome"],
        )
        for line in body["rows"]
    ]
    set_cell_margins(add_table(document, columns, rows), 1)


def _unit(line: Mapping[str, Any]) -> str:
    members = f"（联合体成员：{clean(listed(line['members']))}）" if line["members"] else ""
    return clean(line["unit"]) + members


def _events(document: Any, body: Mapping[str, Any]) -> None:
    _list(document, [*body["events"], *([body["note"]] if body["note"] else [])])


def _dissent(document: Any, body: Mapping[str, Any]) -> None:
    _list(document, body["dissent"])
    _say(document, "签字时另有不同意见的，请在此写明并签名：")
    set_row_heights(add_facts(document, [("不同意见", "")], label_width=24, value_width=_WIDTH - 24), 22)


def _supervision(document: Any, body: Mapping[str, Any]) -> None:
    found = body["supervision"]
    who = f"监督人员{clean(listed(found['by']))}" if found["by"] else "监督人员"
    text = f"{who}对{found['noted']}个节点作了记录，其中记录有情况{found['remarks']}处。"
    _say(document, f"{text}详见监督记录表。" if found["noted"] else "监督人员尚未填写监督记录。")


def _signatures(document: Any, body: Mapping[str, Any]) -> None:
    if body["unsigned"]:
        keep_with_next(_say(document, f"不在本报告签字的专家：{'、'.join(body['unsigned'])}。"))
    keep_with_next(_say(document, "我们已阅读本报告，评审组织、程序、方法和结果与实际一致。"))
    chairs = set(body["chairs"])
    experts = [f"{'专家组组长' if name in chairs else '专家'}（{clean(name)}）" for name in body["experts"]]
    watchers = [f"监督人员（{clean(name)}）" for name in body["supervisors"]] or ["监督人员"]
    add_signature_lines(document, [*experts, *watchers])


def _list(document: Any, lines: Sequence[str]) -> None:
    if not lines:
        _say(document, _NONE)
    for number, line in enumerate(lines, start=1):
        _say(document, f"{number}．{line}")


def _say(document: Any, text: str) -> Any:
    return office.paragraph(document, clean(text), SHEET_BODY, pitch=18, indent=2)
