"""The written round of the story: opening, recusal, sheets, sealing, the case, the shortlist."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from typing import TYPE_CHECKING

from review_portal.clock import now
from review_portal.demo import documents, papers, signing
from review_portal.demo.confirming import confirm_round
from review_portal.demo.scores import Pair
from review_portal.services import (
    assignments,
    calls,
    closing,
    dossiers,
    elections,
    meeting_views,
    meetings,
    overviews,
    panels,
    ranking,
    reconciliation,
    reviews,
    rounds,
)
from review_portal.services.dossiers import Upload
from review_portal.services.worklist import WorkRow, worklist

if TYPE_CHECKING:
    from review_portal.demo.story import Story

_TIME_TO_SCORE = timedelta(days=2, hours=9)  # from a morning to the evening of the day after next


def open_written(story: Story) -> None:
    """Scheme approved, everybody drawn assigned to everything; open, sign in, elect the chair."""
    officer = story.people["officer"]
    calls.record_scheme(officer, call=story.call, **story.told["scheme"])
    assignments.assign_all(officer, round_=story.written)
    rounds.open_round(officer, round_=story.written, deadline=now() + _TIME_TO_SCORE)
    seat(story, story.written)


def seat(story: Story, round_: str) -> None:
    """Everybody is present and the panel elects its chair."""
    told, election = story.told, story.told["election"]
    for member in panels.list_members(story.people["officer"], round_=round_):
        panels.sign_in(
            story.people["officer"], member=member.public_id, checked_by=told["identity_checked_by"]
        )
    chair = told["panel"][election["chair"]]["name"]
    ids = {m.name: m.public_id for m in panels.list_members(story.people["officer"], round_=round_)}
    elections.elect_chair(
        story.people["officer"],
        round_=round_,
        member=ids[chair],
        method=election["method"],
        votes=election["votes"],
        witness=told["witness"],
    )
    tick_day(story, round_)


def tick_day(story: Story, round_: str) -> None:
    """Both sides tick what the data bear out so far; the last step, the signatures, is still being done."""
    for who in ("officer", "supervisor"):
        person = story.people[who]
        day = meeting_views.checklist(person, round_=round_)
        while 0 < day.next < len(day.steps):
            meetings.tick(person, round_=round_, number=day.next)
            day = meeting_views.checklist(person, round_=round_)


def score_in_part(story: Story) -> None:
    """Most sheets come in; one is a draft, one is open, one expert has yet to begin; a unit withdraws."""
    told = story.told["in_progress"]
    draft, untouched = ((told[key]["dossier"], told[key]["expert"]) for key in ("draft", "open"))
    for expert in story.told["panel"]:
        if expert != told["absent"]:
            prepare(story, expert)
            submit(story, story.written, expert, but={draft, untouched})
    _save_draft(story, *draft)
    _withdraw(story)
    tick_day(story, story.written)


def score_rest(story: Story) -> None:
    """The remaining sheets come in, one expert's on paper."""
    prepare(story, story.told["in_progress"]["absent"])
    for expert in story.told["panel"]:
        if expert != story.told["paper"]["expert"]:
            submit(story, story.written, expert)
    papers.register(story)


def rows_of(story: Story, round_: str, expert: str) -> dict[str, WorkRow]:
    """The expert's own tasks in a round, by the dossier's story name."""
    names = {public_id: name for name, public_id in story.dossiers.items()}
    (found,) = (item for item in worklist(story.expert(expert)) if item.public_id == round_)
    return {names[row.dossier]: row for row in found.rows if row.dossier in names}


def prepare(story: Story, expert: str) -> None:
    """The pledge, then a declaration for every dossier; the told one is a conflict."""
    viewer, recusal = story.expert(expert), story.told["recusal"]
    reviews.sign_pledge(viewer, round_=story.written)
    for name, row in rows_of(story, story.written, expert).items():
        if row.gone:
            continue
        if (name, expert) == (recusal["dossier"], recusal["expert"]):
            reviews.declare(viewer, dossier=row.dossier, answer="recuse", reason=recusal["reason"])
        else:
            reviews.declare(viewer, dossier=row.dossier, answer="clear")


def submit(story: Story, round_: str, expert: str, but: Collection[Pair] = ()) -> None:
    """Submit the expert's open sheets for which the story has points."""
    viewer = story.expert(expert)
    for name, row in rows_of(story, round_, expert).items():
        sheet = story.sheets(round_).get((name, expert))
        if row.is_open and sheet is not None and (name, expert) not in but:
            reviews.submit_review(
                viewer,
                review=row.review,
                sheet=sheet,
                base_version=1 if row.saved_at else 0,
                request_key=f"{name}-{expert}",
            )


def _save_draft(story: Story, name: str, expert: str) -> None:
    """Half a sheet, as somebody leaves it who is called away."""
    points = list(story.sheets(story.written)[(name, expert)].points.items())
    content = {"points": {item: f"{value:f}" for item, value in points[: len(points) // 2]}}
    row = rows_of(story, story.written, expert)[name]
    reviews.save_draft(story.expert(expert), review=row.review, content=content, base_version=0)


def _withdraw(story: Story) -> None:
    told = story.told["withdrawal"]
    dossiers.withdraw(
        story.people["officer"],
        dossier=story.dossiers[told["dossier"]],
        reason=told["reason"],
        letter=Upload(told["file"], documents.stamped_letter(told["letter"])),
    )


def unseal(story: Story, round_: str) -> None:
    """The chair asks to end scoring, then to unseal; the supervisor agrees to both."""
    told = story.told["unseal"]
    ended = story.told["close"]
    asked = closing.ask_close(story.chair(), round_=round_, reason=ended["reason"])
    closing.decide_close(story.people["supervisor"], approval=asked, approve=True, note=ended["note"])
    if round_ == story.written:
        papers.type_in(story)
    tick_day(story, round_)
    asked = rounds.ask_unseal(story.chair(), round_=round_, reason=told["reason"])
    rounds.decide_unseal(story.people["supervisor"], approval=asked, approve=True, note=told["note"])
    tick_day(story, round_)


def ask_case(story: Story) -> None:
    """Unseal the written round; the chair asks the expert whose sheet deviates."""
    unseal(story, story.written)
    told = story.told["case"]
    (story.case,) = reconciliation.open_cases(
        story.chair(),
        round_=story.written,
        dossier=story.dossiers[told["dossier"]],
        codes=[flagged_code(story, told["dossier"])],
        question=told["question"],
        trigger="deviation",
    )


def flagged_code(story: Story, dossier: str) -> str:
    """The code whose total deviates on this dossier: all that the chair knows of the expert."""
    rows = overviews.overview(story.chair(), round_=story.written).rows
    row = next(row for row in rows if row.dossier == story.dossiers[dossier])
    return next(flag.code for flag in row.flags if flag.code)


def finish_written(story: Story) -> None:
    """The expert revises the sheet with a reason, reconciliation ends, the shortlist is frozen."""
    told = story.told["case"]
    pair = (told["dossier"], told["expert"])
    reconciliation.answer_case(
        story.expert(told["expert"]),
        case=story.case,
        answer="revise",
        reason=told["reason"],
        sheet=story.revised()[pair],
        request_key=f"case-{told['dossier']}-{told['expert']}",
    )
    rounds.finish_round(story.chair(), round_=story.written)
    tick_day(story, story.written)
    signing.collect(story, "freeze")
    freeze(story, story.written)
    confirm_round(story, story.written)


def freeze(story: Story, round_: str) -> str:
    """Freeze what the chair sees, with the panel's look where the rules would differ."""
    shown = ranking.view(story.chair(), round_=round_)
    look = story.told["look"]["text"] if shown.body["demands_look"] else ""
    return ranking.freeze(story.chair(), round_=round_, digest=shown.digest, look=look)
