"""The demonstration call's publicity notice, complete and with fictional contacts."""

from __future__ import annotations

from datetime import date

from review_portal.exports.publicity_notice import ListedUnit, Notice
from tests.exports.sample_report import UNITS


def notice() -> Notice:
    """Three proposed units, 15 to 21 March 2023, nothing missing."""
    listed = tuple(
        ListedUnit(UNITS[code].lead_unit, UNITS[code].members, UNITS[code].recommender)
        for code in ("S07", "S01", "S05")
    )
    return Notice(
        issuer="重庆市经济和信息化委员会（示例）",
        project_name="2023年市级重点绿色制造综合服务平台",
        call_title="重庆市经济和信息化委员会关于申报市级重点绿色制造综合服务平台的通知",
        document_number="渝经信节能〔2023〕1号",
        steps=("自愿申报", "区县推荐", "专家评审", "现场答辩", "会议审定"),
        units=listed,
        first_day=date(2023, 3, 15),
        last_day=date(2023, 3, 21),
        working_days=5,
        issued_on=date(2023, 3, 15),
        contact_office="节能与综合利用处（示例）",
        contact_phone="023-00000000（示例）",
        contact_address="重庆市示例区示例路1号",
        supervision_phone="023-00000002（示例）",
        quota_text="3个左右",
        list_digest="c" * 64,
    )
