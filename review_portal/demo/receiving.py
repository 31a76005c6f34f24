"""The first half of the story: the call, its people, twelve parcels, the formal check."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from review_portal.clock import now
from review_portal.demo import documents
from review_portal.services import calls, dossiers, experts, letter_views, letters, office_facts
from review_portal.services.dossiers import Copies, Upload

if TYPE_CHECKING:
    from review_portal.demo.story import Story

_ROSTER = "experts.csv"


def open_call(story: Story) -> None:
    """Create the call, import the pool of experts, open the supervisors' accounts, publish."""
    told, people = story.told, story.people
    people.open_house()
    officer = people["officer"]
    story.call = calls.create_call(officer, folder=told["folder"])
    experts.import_roster(
        officer, call=story.call, name=_ROSTER, data=(documents.DATA / _ROSTER).read_bytes()
    )
    people.open_call(story.call)
    calls.publish(officer, call=story.call)
    view = calls.view(officer, call=story.call)
    story.rules = view.rules
    story.written, story.defense = (row.public_id for row in view.rounds)


def receive(story: Story) -> None:
    """Register the districts' tables, then the parcels in the order of their numbers."""
    officer, title = story.people["officer"], story.rules.form.summary_title
    for told in story.told["recommendations"]:
        if "file" in told:
            name, data = told["file"], documents.sample_form(told["file"])
        else:
            name = f"附件1_{told['recommender']}.xlsx"
            data = documents.recommendation_table(
                title, told["recommender"], told["contact"], told["phone"], told["entries"]
            )
        dossiers.add_recommendation(officer, call=story.call, name=name, data=data)
    for parcel in story.told["parcels"]:
        (filed,) = dossiers.add_dossiers(
            officer,
            call=story.call,
            uploads=[_upload(parcel)],
            received_at=parcel["received_at"],
            copies=Copies(paper=1, discs=1),
        )
        story.dossiers[parcel["story"]] = filed.public_id
    for told in story.told["scans"]:
        dossiers.add_attachments(
            officer,
            dossier=story.dossiers[told["dossier"]],
            proof=told["proof"],
            uploads=[Upload(told["name"], (documents.DATA / "attachments" / told["file"]).read_bytes())],
        )


def _upload(parcel: Mapping[str, Any]) -> Upload:
    if "file" in parcel:
        return Upload(parcel["file"], documents.sample_form(parcel["file"]))
    return Upload(*documents.application_form(parcel["story"]))


def check(story: Story) -> None:
    """One is returned and comes back, three are rejected by two officers, the others are accepted."""
    _correct(story)
    for name in story.dossiers:
        if name in story.told["rejections"]:
            _reject(story, name)
        else:
            _confirm(story, name)
            dossiers.accept(
                story.people["officer"],
                dossier=story.dossiers[name],
                reason=story.told["acceptance"]["reason"],
            )
    calls.close_intake(story.people["officer"], call=story.call)


def deliver(story: Story) -> None:
    """Issue the letters on the return and the rejections and deliver them: then they are in force."""
    officer, told, call = story.people["officer"], story.told["letters"], story.call
    office_facts.record(officer, call=call, facts=story.told["office"])
    for place, line in enumerate(letter_views.listing(officer, call=call), start=1):
        key = (line.kind, line.dossier, line.edition)
        letters.issue(
            officer,
            call=call,
            key=key,
            number=told["number"] % place,
            issued_on=told["issued_on"],
            signed_by=told["signed_by"],
        )
        letters.deliver(
            officer,
            call=call,
            key=key,
            delivered_on=told["delivered_on"][line.kind],
            way="direct",
            receiver=told["receiver"],
        )


def _correct(story: Story) -> None:
    told, officer = story.told["correction"], story.people["officer"]
    dossier = story.dossiers[told["dossier"]]
    dossiers.return_for_correction(
        officer, dossier=dossier, items=told["items"], due_at=now() + timedelta(days=told["days"])
    )
    before = next(p["file"] for p in story.told["parcels"] if p["story"] == told["dossier"])
    dossiers.supplement(
        officer,
        dossier=dossier,
        name=told["file"],
        data=documents.supplemented(documents.sample_form(before), told["totals"]),
        reason=told["reason"],
        copies=Copies(paper=1, discs=1),
    )


def _confirm(story: Story, name: str, but: Mapping[str, tuple[str, str]] | None = None) -> None:
    """Answer every finding that waits for a person; `but` holds answers by rule."""
    officer, bases = story.people["officer"], story.told["bases"]
    found = dossiers.get_dossier(officer, dossier=story.dossiers[name]).findings
    given = but or {}
    answers = {
        row.public_id: given.get(row.rule) or ("pass", bases.get(row.rule, bases["other"]))
        for row in found
        if row.unanswered or row.stands_failed or row.rule in given
    }
    dossiers.confirm_findings(officer, dossier=story.dossiers[name], answers=answers)


def _reject(story: Story, name: str) -> None:
    told = story.told["rejections"][name]
    _confirm(story, name, {told["rule"]: ("fail", told["basis"])})
    asked = dossiers.ask_rejection(
        story.people["officer"], dossier=story.dossiers[name], reason=told["reason"]
    )
    dossiers.decide_reject_dossier(
        story.people["second_officer"], approval=asked, approve=True, note=told["note"]
    )
