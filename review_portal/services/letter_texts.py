"""What a letter on a dossier says, from the act it tells, the call's rules and the office's facts."""

from __future__ import annotations

from collections.abc import Mapping

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.domain.chinese_dates import date_text, local_date, time_text
from review_portal.exports.office_letter import Letter, fact
from review_portal.models.accounts import Account
from review_portal.models.approvals import Approval
from review_portal.models.calls import Call
from review_portal.models.dossiers import Dossier, DossierAct
from review_portal.services import office_fact_views
from review_portal.services.dossiers import findings
from review_portal.services.dossiers.findings import FindingRow
from scoring_rubrics import Call as Rules

ACTIONS: Mapping[str, str] = {"return": "correction", "reject": "rejection"}  # act -> kind of letter
NUMBER, DATED = "【待填：文号】", "【待填：发文日期】"


def letter_of(session: Session, call: Call, rules: Rules, dossier: Dossier, act: DossierAct) -> Letter:
    """The letter of an act as it reads now, number and date still to be filled."""
    facts = office_fact_views.facts_of(session, call)
    if act.action == "return":
        return _correction(session, rules, dossier, act, facts)
    return _rejection(session, rules, dossier, act, facts)


def _correction(
    session: Session, rules: Rules, dossier: Dossier, act: DossierAct, facts: Mapping[str, str]
) -> Letter:
    assert act.due_at is not None  # a return has its deadline
    found = {row.rule: row for row in _findings(session, act, rules)}
    items = tuple(_placed(line, found) for line in act.reason.splitlines() if line.strip())
    opening = f"你单位报送的{_application(rules, dossier)}收悉。经形式审查，以下{len(items)}项须补正："
    until = (
        f"请于{time_text(act.due_at)}前将补正后的材料经推荐单位（{fact(dossier.recommender, '推荐单位')}）"
        "报送我单位，材料上注明补正之处。"
    )
    return Letter(
        kind="correction",
        title=("补正通知书",),
        number=NUMBER,
        addressee=fact(dossier.unit_name, "申报单位"),
        paragraphs=(opening,),
        items=items,
        closing=(until, fact(rules.letters.correction_terms, "补正要求")),
        contacts=_contacts(facts),
        officers=(("经办人", _name(session, act.acted_by)),),
        issuer=rules.issuer,
        dated=DATED,
    )


def _placed(line: str, found: Mapping[str, FindingRow]) -> str:
    """An item with the place that its rule was found at, unless the item says so itself."""
    rule, _space, _rest = line.strip().partition(" ")
    place = found[rule].place if rule in found else ""
    text = line.strip().rstrip("。")
    return f"{text}（{place}）。" if place and place not in text else f"{text}。"


def _rejection(
    session: Session, rules: Rules, dossier: Dossier, act: DossierAct, facts: Mapping[str, str]
) -> Letter:
    titles = {rule.id: rule.title for rule in rules.formal_rules}
    request = _request(session, dossier)
    failed = request.payload["failed"]
    items = tuple(f"{rule} {titles.get(rule, '')}：{basis.rstrip('。')}。" for rule, basis in failed)
    basis = f"《{rules.title}》（{rules.document_number}）"
    opening = (
        f"你单位报送的{_application(rules, dossier)}收悉。经形式审查并经两名工作人员核对，"
        f"依据{basis}规定的申报条件和报送要求，以下{len(items)}项不符合："
    )
    decision = (
        f"{act.reason.strip().rstrip('。')}。现决定不予受理，材料不进入专家评审。本通知书自送达之日起生效。"
    )
    asked, agreed = _name(session, request.asked_by), _name(session, request.decided_by)
    supervision = (
        ("监督部门", fact(facts["supervision_office"], "监督部门")),
        ("监督电话", fact(facts["supervision_phone"], "监督电话")),
    )
    return Letter(
        kind="rejection",
        title=("不予受理通知书",),
        number=NUMBER,
        addressee=fact(dossier.unit_name, "申报单位"),
        paragraphs=(opening,),
        items=items,
        closing=(decision, fact(rules.letters.rejection_rights, "陈述申辩和复核途径")),
        contacts=(*_contacts(facts), *supervision),
        officers=(("经办人", asked), ("复核人", agreed)),
        issuer=rules.issuer,
        dated=DATED,
    )


def _application(rules: Rules, dossier: Dossier) -> str:
    received = date_text(local_date(dossier.received_at))
    return f"{rules.short_title}申报材料（编号{dossier.number}，{received}收件）"


def _findings(session: Session, act: DossierAct, rules: Rules) -> tuple[FindingRow, ...]:
    if act.version_id is None:
        return ()
    return findings.current(session, [act.version_id], rules)[act.version_id]


def _request(session: Session, dossier: Dossier) -> Approval:
    """The request that two officers agreed to; a rejected dossier has one."""
    return session.scalars(
        sa.select(Approval)
        .where(
            Approval.action == "reject_dossier",
            Approval.object_id == dossier.public_id,
            Approval.outcome == "approved",
        )
        .order_by(Approval.id.desc())
        .limit(1)
    ).one()


def _name(session: Session, account: int | None) -> str:
    name: str | None = session.scalar(sa.select(Account.name).where(Account.id == account))
    return fact(name or "", "经办人")


def _contacts(facts: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    address = fact(facts["contact_address"], "地址")
    postcode = f"（邮编{facts['contact_postcode']}）" if facts["contact_postcode"] else ""
    return (
        ("联系处室", fact(facts["contact_office"], "联系处室")),
        ("联系电话", fact(facts["contact_phone"], "联系电话")),
        ("地址", f"{address}{postcode}"),
    )
