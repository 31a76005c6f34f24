"""专家组评审意见表: the panel's opinions as they are signed, with confirmations, dissent and a check code."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import sqlalchemy as sa

from review_portal.clock import OFFICE_ZONE
from review_portal.db import db
from review_portal.domain import canonical, policy
from review_portal.domain.errors import NotFound
from review_portal.domain.policy import Viewer
from review_portal.exports.opinion_form import TITLE, OpinionForm, OpinionForms, write_docx
from review_portal.models.calls import Call
from review_portal.models.dossiers import Dossier
from review_portal.services import opinion_rows, opinion_scores, panel_attendance, scopes
from review_portal.services.opinion_reading import Version, versions_of
from review_portal.services.panel_attendance import Seat
from review_portal.services.rules import round_name, rules_of

_STATES = {
    "waiting": "待确认",
    "agreed": "专家组已确认",
    "dissented": "专家组已确认，有异议",
    "rejected": "未过半数，不作为专家组意见",
}


def forms(viewer: Viewer, *, round_: str, dossier: str | None = None) -> tuple[str, bytes]:
    """File name and bytes of the newest versions, of all dossiers or one. Raises `NotFound`, `NotAllowed`."""
    session = db.session()
    row = scopes.known_round(viewer, round_)
    policy.can_see_ranks(viewer, row).require()
    call = session.scalars(sa.select(Call).where(Call.id == row.call_id)).one()
    rules = rules_of(call)
    words = opinion_rows.words_of(rules, row.stage)
    dossiers = {
        key: item
        for key, item in opinion_rows.dossiers_of(session, row).items()
        if dossier in (None, item.public_id)
    }
    versions = versions_of(session, row, list(dossiers))
    made = [(dossiers[key], versions[key][0]) for key in dossiers if key in versions]
    if not made:
        raise NotFound()
    stage = round_name(rules, row)
    seats = panel_attendance.seats_of(session, row)
    scores = opinion_scores.scores_of(session, call, row, rules)
    found = tuple(_form(item, version, words, seats, scores) for item, version in made)
    last = max(version.settled_at or version.drafted_at for _item, version in made)
    data = write_docx(
        OpinionForms(
            call.title,
            stage,
            found,
            found[0].code if dossier else canonical.digest([form.code for form in found]),
            last.astimezone(OFFICE_ZONE).date(),
        )
    )
    one = f"{found[0].number} {found[0].unit}" if dossier else stage
    return f"{TITLE}-{one}", data


def _form(
    dossier: Dossier,
    version: Version,
    words: Mapping[str, str],
    seats: Sequence[Seat],
    scores: Mapping[str, str],
) -> OpinionForm:
    text = version.text
    facts = [
        ("得分", scores.get(dossier.number or "", "")),
        ("主要优点", text.strengths),
        ("存在问题", text.problems),
        ("建议", text.advice),
        ("专家组结论", words.get(text.conclusion, text.conclusion)),
    ]
    if text.conditions:
        facts.append(("条件", text.conditions))
    if version.reason:
        was = words.get(version.recorded or "", "")
        facts.append(("与答辩结论不同", f"答辩记录为{was}。{version.reason}"))
    answers = tuple(
        (item.name, "同意" if item.answer == "confirm" else "有异议", item.reason) for item in version.answers
    )
    others = tuple(_others(dossier, version, seats))
    at = (version.settled_at or version.drafted_at).astimezone(OFFICE_ZONE)
    note = f"第{version.ordinal}版　{_STATES[version.standing.state]}　{at:%Y-%m-%d %H:%M}"
    said = {
        "dossier": dossier.public_id,
        "number": dossier.number,
        "unit": dossier.unit_name,
        "opinion": version.public_id,
        "facts": facts,
        "answers": answers,
        "others": others,
        "note": note,
    }
    return OpinionForm(
        dossier.number or "", dossier.unit_name, tuple(facts), answers, others, note, canonical.digest(said)
    )


def _others(dossier: Dossier, version: Version, seats: Sequence[Seat]) -> Iterator[tuple[str, str, bool]]:
    """Those of the dossier's panel who have not answered: name, what was recorded, whether they sign.

    Who scored the dossier signs for it, even without having answered; who left, was absent or was kept away
    does not.
    """
    answered = {item.member for item in version.answers}
    for seat in seats:
        if seat.public_id in answered or dossier.id not in seat.given | seat.apart:
            continue
        scored = dossier.id in seat.scored
        if seat.left_at is not None:
            yield seat.name, seat.remark, False
        elif dossier.id in seat.apart:
            yield seat.name, "回避", False
        elif version.settled_at is None:
            yield seat.name, "待答复", scored or seat.came
        elif scored:
            yield seat.name, f"未答复：{version.absent_reason}", True
        else:
            yield seat.name, f"缺席，未评分：{version.absent_reason}", False
