"""What the pages of ranking, decision and notice are given: service data in the shapes of the components."""

from __future__ import annotations

from typing import Any

from flask import url_for
from flask_babel import gettext as _

from review_portal.domain.messages import Message, mark
from review_portal.services import decision_views, rounds
from review_portal.services.calls import CallView, RoundRow
from review_portal.services.ranking import RankingView, Verification
from review_portal.web import chair_ranking, decision_pages
from review_portal.web.access import viewer
from review_portal.web.filters import office_time
from review_portal.web.secretariat_words import word

ROUND_STATES: dict[str, tuple[str, Message]] = {
    "draft": ("none", mark("未开启")),
    "scoring": ("part", mark("评分中")),
    "sealed": ("sealed", mark("已封存（启封前不可见）")),
    "reconciling": ("part", mark("复议中")),
    "finished": ("done", mark("已结束")),
    "void": ("bad", mark("作废")),
}


def home_page(
    call: CallView, view: RankingView | None, by: str, checked: list[Verification]
) -> dict[str, Any]:
    """Rounds, decision and papers; with a frozen ranking also its table."""
    page: dict[str, Any] = {"heading": _("排名与文书"), "trial": True, "acts": [], "frozen": ""}
    decided = decision_views.get(viewer(), call=call.public_id)
    if view is not None:
        last = rounds.view(viewer(), round_=[row for row in call.rounds if not row.again][-1].public_id)
        page = chair_ranking.ranking_page(last, view)
        page["heading"] = _("排名与文书")
        page["frozen"] = _("%(at)s冻结　%(by)s", at=office_time(view.frozen_at), by=by)
        if view.version > 1:
            page["frozen"] = _("第%(n)s版　%(said)s", n=view.version, said=page["frozen"])
        page["frozen_facts"] = [
            (_("冻结"), by),
            (_("时间"), office_time(view.frozen_at)),
            *page["frozen_facts"],
        ]
        page["verify_href"] = url_for("results.home", call=call.public_id, verify=1)
        workbook = url_for("results.workbook", call=call.public_id)
        page["acts"] = [{"href": workbook, "text": _("下载排名工作簿"), "main": decided is not None}]
    return {
        **page,
        "rounds": [_round(row) for row in call.rounds],
        "verified": [(_kind(item), item.holds) for item in checked],
        "papers": _papers(call, view),
        "decision": decision_pages.decision(decided, call.public_id)["facts"] if decided else None,
        "decision_href": url_for("decision.page", call=call.public_id),
    }


def _kind(item: Verification) -> str:
    name = _("最终排名") if item.kind == "final" else _("入围名单")
    return name if item.version == 1 else _("%(name)s第%(n)s版", name=name, n=item.version)


def _round(row: RoundRow) -> dict[str, Any]:
    found = rounds.view(viewer(), round_=row.public_id)
    progress = rounds.progress(viewer(), round_=row.public_id)
    kind, state = word(ROUND_STATES[row.state])
    summary = url_for("results.summary", round_=row.public_id) if row.state == "finished" else ""
    return {
        "name": row.name,
        "kind": kind,
        "state": state,
        "submitted": progress.submitted,
        "missed": progress.missed + progress.open,
        "finished": office_time(found.finished_at),
        "summary_href": summary,
    }


def _papers(call: CallView, view: RankingView | None) -> list[dict[str, str]]:
    here = call.public_id
    papers = [
        {"href": url_for("secretariat.scheme_file", call=here), "text": _("评审工作方案（Word）"), "note": ""}
    ]
    if view is not None:
        papers.insert(
            0,
            {
                "href": url_for("results.workbook", call=here),
                "text": _("排名工作簿（Excel）"),
                "note": _("排名、逐项得分、方法说明和校验码，公式可重算"),
            },
        )
        papers.insert(
            1,
            {
                "href": url_for("results.statistics_annex", call=here),
                "text": _("统计附件（Excel）"),
                "note": _("一致性、稳定性和得分区间；内部参考，不作为排序依据，不随排名签字"),
            },
        )
        papers.insert(
            2,
            {
                "href": url_for("review_report.show", call=here),
                "text": _("评审报告"),
                "note": _("逐版生成，供全体专家签字"),
            },
        )
        request_file = url_for("documents.document", call=here, kind="request", of=here, edition=view.version)
        papers.insert(
            3, {"href": request_file, "text": _("上会请示（Word）"), "note": _("文号、签发人和日期待填")}
        )
        papers.append({"href": url_for("notice.page", call=here), "text": _("公示稿"), "note": ""})
        versions = url_for("versions.listing", call=here)
        papers.append({"href": versions, "text": _("排名版本"), "note": _("异议复核后的各版及其差异")})
    papers += [
        {
            "href": url_for("cases.minutes_file", round_=row.public_id),
            "text": _("复议记录（Word）"),
            "note": row.name,
        }
        for row in call.rounds
        if row.state == "finished"
    ]
    return papers
