"""Taking application forms in: new dossiers several at once; `add_version` serves corrections too."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.db import now, transaction
from review_portal.domain import canonical, formal_check, policy
from review_portal.domain.errors import Conflict, Invalid
from review_portal.domain.messages import Message, mark
from review_portal.domain.policy import Viewer
from review_portal.domain.records import ApplicationForm, Recommendation
from review_portal.domain.recusal import unit_key
from review_portal.intake.application_form import read_application_form
from review_portal.intake.upload_guard import sniff
from review_portal.models.calls import Call
from review_portal.models.dossiers import Dossier, DossierUnit, DossierVersion
from review_portal.services import audit, files, scopes
from review_portal.services.dossiers import findings, recommendations
from review_portal.services.dossiers.changes import name_key
from review_portal.services.dossiers.uploads import MEDIA_TYPES, Copies, Upload, receipt
from review_portal.services.rules import rules_of
from scoring_rubrics import Call as Rules

_UNCOUNTED = Copies()
_NAME_MAX = 100  # longer than any registered name: then a cell was read that is not one
_STANDING = {
    "returned": mark("该材料已退回补正，请在材料页面上传补正件"),
    "rejected": mark("该材料已不予受理"),
    "withdrawn": mark("该材料已撤回"),
}


@dataclass(frozen=True, slots=True)
class Filed:
    """A dossier that was taken in."""

    public_id: str
    number: str
    unit_name: str


@dataclass(frozen=True, slots=True)
class Read:
    """A file and the form in it."""

    upload: Upload
    form: ApplicationForm
    lead: str


def add_dossiers(
    actor: Viewer,
    *,
    call: str,
    uploads: Sequence[Upload],
    received_at: datetime | None = None,
    arrived_at: datetime | None = None,
    copies: Copies = _UNCOUNTED,
) -> tuple[Filed, ...]:
    """Take in application forms (附件2 .docx), all or nothing; numbers are given in the order of the files.

    `received_at` is what the call counts; `arrived_at` is kept beside it where that is the postmark's day.
    `copies` came with each of them. Lateness is only a finding. Raises `Invalid` with one fault per file
    name or field, `Conflict` outside intake.
    """
    rules, counted = rules_of(scopes.office_call(actor, call)), copies.checked()
    read = _read_all(uploads, rules)
    with transaction() as session:
        row = _receiving(session, actor, call)
        came = receipt(rules.receipt, received_at, arrived_at)
        at = came.counted
        _refuse_known(session, row.id, read)
        tables = recommendations.known(session, row.id, rules)
        taken = session.scalar(
            sa.select(sa.func.count()).select_from(Dossier).where(Dossier.call_id == row.id)
        )
        filed = []
        for place, item in enumerate(read, (taken or 0) + 1):
            dossier = Dossier(
                call_id=row.id,
                number=f"{rules.year}-{place:03d}",
                unit_name=item.lead,
                name_key=name_key(item.lead),
                recommender=(item.form.cover.recommender or "")[:200],
                district=item.form.district,
                received_at=at,
                arrived_at=came.arrived,
            )
            session.add(dossier)
            session.flush()
            version = add_version(session, actor, dossier, item, rules, tables, at, counted)
            audit.record(
                session,
                actor,
                "receive_dossier",
                object_kind="dossier",
                object_id=dossier.public_id,
                call_id=row.id,
                detail={
                    "number": dossier.number,
                    "version": version.digest,
                    "received_at": at,
                    **({"arrived_at": came.arrived} if came.arrived else {}),
                    **asdict(counted),
                },
            )
            filed.append(Filed(dossier.public_id, dossier.number, dossier.unit_name))
        return tuple(filed)


def _receiving(session: Session, actor: Viewer, call: str) -> Call:
    row = scopes.office_call(actor, call, session=session, lock=True)
    policy.can_run_call(actor, row.id).require()
    if row.state == "draft":
        raise Conflict(mark("本批次尚未发布，不能收件。请先在“批次与规则”页面发布。"))
    if row.state != "receiving":
        raise Conflict(mark("本批次已结束受理，不能再收件。"))
    return row


def _read_all(uploads: Sequence[Upload], rules: Rules) -> list[Read]:
    if not uploads:
        raise Invalid(
            mark("没有选择文件。请选择申报书（.docx）后上传。"), {"files": mark("请选择至少一个文件。")}
        )
    read: list[Read] = []
    faults: dict[str, Message] = {}
    seen: dict[str, str] = {}
    for upload in uploads:
        try:
            item = read_upload(upload, rules)
        except Invalid as problem:
            faults[upload.name] = problem.message
            continue
        if (key := name_key(item.lead)) in seen:
            faults[upload.name] = mark(
                "与“%(other)s”是同一申报单位“%(unit)s”，请只保留一份。", other=seen[key], unit=item.lead
            )
        seen.setdefault(key, upload.name)
        read.append(item)
    _refuse(faults)
    return read


def _refuse(faults: dict[str, Message]) -> None:
    if faults:
        raise Invalid(
            mark("%(count)s个文件有问题，全部文件均未收件。请更正后重新上传。", count=len(faults)), faults
        )


def read_upload(upload: Upload, rules: Rules) -> Read:
    """The form in a file, which its reader guards. Raises `Invalid` with what to do."""
    if sniff(upload.data, upload.name) != "docx":
        raise Invalid(mark("申报书须是 Word（.docx）文件。请另存后重新上传。"))
    form = read_application_form(upload.data, rules)
    lead = (form.lead or "").strip()
    if not lead:
        raise Invalid(mark("未找到申报单位名称。请填写封面和申报表中的单位名称后重新上传。"))
    long = next((unit.name for unit in form.consortium if len(unit.name) > _NAME_MAX), lead)
    if len(long) > _NAME_MAX:
        raise Invalid(mark("单位名称“%(name)s…”过长，不像单位名称。请核对后重新上传。", name=long[:20]))
    return Read(upload, form, lead)


def _refuse_known(session: Session, call_id: int, read: Sequence[Read]) -> None:
    keys = [name_key(item.lead) for item in read]
    known = {
        row.name_key: row
        for row in session.execute(
            sa.select(Dossier.name_key, Dossier.number, Dossier.state).where(
                Dossier.call_id == call_id, Dossier.name_key.in_(keys)
            )
        ).all()
    }
    faults = {}
    for item, key in zip(read, keys, strict=True):
        if key in known:
            state = _STANDING.get(known[key].state, mark("不能重复收件"))
            faults[item.upload.name] = mark(
                "“%(unit)s”已有编号%(number)s的材料；%(state)s。",
                unit=item.lead,
                number=known[key].number,
                state=str(state),
            )
    _refuse(faults)


def _units_digest(form: ApplicationForm, lead: str) -> str:
    return canonical.digest(
        {"units": [lead, *form.members], "legal_representative": form.unit.legal_representative}
    )


def add_version(
    session: Session,
    actor: Viewer,
    dossier: Dossier,
    item: Read,
    rules: Rules,
    tables: Sequence[Recommendation],
    at: datetime,
    copies: Copies = _UNCOUNTED,
) -> DossierVersion:
    """Store a form as its dossier's current version, with the findings on it. Needs a transaction."""
    stored = files.put(
        session,
        item.upload.data,
        name=item.upload.name,
        media_type=MEDIA_TYPES["docx"],
        actor_id=actor.account_id,
    )
    last = session.scalar(
        sa.select(sa.func.max(DossierVersion.ordinal)).where(DossierVersion.dossier_id == dossier.id)
    )
    table = recommendations.table_for(item.form, tables, rules)
    found = formal_check.check_form(item.form, rules, table, at, dossier.received_at)
    form = item.form.to_json()
    version = DossierVersion(
        dossier_id=dossier.id,
        ordinal=(last or 0) + 1,
        file_id=stored.id,
        form=form,
        digest=canonical.digest({"file": stored.sha256, "form": form}),
        units_digest=_units_digest(item.form, item.lead),
        overall=formal_check.overall(found),
        paper_copies=copies.paper,
        discs=copies.discs,
        received_at=at,
        created_at=now(),
        created_by=actor.account_id,
    )
    session.add(version)
    session.flush()
    session.add_all(_units(version.id, item))
    findings.store(session, version.id, found)
    dossier.current_version_id = version.id
    session.flush()
    return version


def _units(version_id: int, item: Read) -> list[DossierUnit]:
    code, legal = item.form.unit.credit_code, item.form.unit.legal_representative
    lead = DossierUnit(
        version_id=version_id,
        position=1,
        name=item.lead,
        role="lead",
        credit_code=code if code and len(code) <= 18 else None,
        legal_representative=legal[:64] if legal else None,
    )
    members = [name for name in item.form.members if unit_key(name) != unit_key(item.lead)]
    return [lead] + [
        DossierUnit(version_id=version_id, position=place, name=name, role="member")
        for place, name in enumerate(members, 2)
    ]
