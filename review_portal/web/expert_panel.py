"""The expert's desk: confirming the panel's opinions or dissenting, voting on a tie."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from review_portal.domain.errors import Conflict, Invalid, PortalError
from review_portal.domain.policy import Permission
from review_portal.services import opinions, own_opinions, tie_reading, tie_votes
from review_portal.services.own_opinions import OwnOpinion
from review_portal.services.tie_reading import OwnVote
from review_portal.web import expert_nav, panel_pages
from review_portal.web.access import Desk, viewer
from review_portal.web.forms import say

desk = Desk("expert_panel", __name__, url_prefix="/expert")
FORM = ("GET", "POST")


@desk.page("/opinions", permission=Permission.EXPERT)
def opinions_() -> ResponseReturnValue:
    """The panel's opinions that one is asked about."""
    own = own_opinions.list_own(viewer())
    expert_nav.enter(own[0].call if own else None, _("专家组意见"))
    return render_template("expert/opinions.html", opinions=own)


@desk.page("/opinions/<opinion>", permission=Permission.EXPERT, methods=FORM)
def opinion(opinion: str) -> ResponseReturnValue:
    """Confirm or dissent; a version that the chair has replaced leads to the newer one."""
    own = own_opinions.own(viewer(), opinion=opinion)
    problem: PortalError | None = None
    if request.method == "POST":
        answer, reason = request.form.get("answer", ""), request.form.get("reason", "")
        try:
            opinions.answer(viewer(), opinion=opinion, answer=answer, reason=reason)
        except (Conflict, Invalid) as refused:
            problem = refused
        else:
            return _after_answer()
    elif own.public_id != opinion:
        return redirect(url_for("expert_panel.opinion", opinion=own.public_id), 303)
    return _opinion_page(own, problem)


def _after_answer() -> ResponseReturnValue:
    """On to the next one that waits."""
    flash(_("答复已提交。"), "good")
    waiting = own_opinions.list_own(viewer(), open_only=True)
    if waiting:
        return redirect(url_for("expert_panel.opinion", opinion=waiting[0].public_id), 303)
    return redirect(url_for("expert_panel.opinions_"), 303)


def _opinion_page(own: OwnOpinion, problem: PortalError | None) -> ResponseReturnValue:
    if problem is not None and not problem.fields:
        flash(say(problem.message), "bad")
    expert_nav.enter(own.call, _("专家组意见"))
    typed = request.form if request.method == "POST" else {}
    return render_template(
        "expert/opinion.html",
        own=own,
        answer=typed.get("answer", own.answer),
        reason=typed.get("reason", own.own_reason),
        faults={name: say(text) for name, text in problem.fields.items()} if problem else {},
    ), problem.status if problem else 200


@desk.page("/votes", permission=Permission.EXPERT)
def votes() -> ResponseReturnValue:
    """The open votes on ties; a single one is shown at once."""
    own = tie_reading.list_own(viewer())
    if len(own) == 1:
        return redirect(url_for("expert_panel.vote", vote=own[0].public_id), 303)
    expert_nav.enter(own[0].call if own else None, _("并列表决"))
    return render_template("expert/votes.html", votes=own)


@desk.page("/votes/<vote>", permission=Permission.EXPERT, methods=FORM)
def vote(vote: str) -> ResponseReturnValue:
    """Name units or abstain; the choice may be changed until the chair ends the ballot."""
    own, problem = tie_reading.own(viewer(), vote=vote), None
    if request.method == "POST":
        typed = request.form.getlist("named")
        named = [unit for unit in typed if unit]
        try:
            tie_votes.cast(viewer(), vote=vote, named=named, abstain="" in typed)
        except (Conflict, Invalid) as refused:
            problem = refused
        else:
            flash(_("表决已提交，结束前可以改选。"), "good")
            return redirect(url_for("expert_panel.vote", vote=vote), 303)
    return _vote_page(own, problem)


def _vote_page(own: OwnVote, problem: PortalError | None) -> ResponseReturnValue:
    if problem is not None and not problem.fields:
        flash(say(problem.message), "bad")
    expert_nav.enter(own.call, _("并列表决"))
    typed = request.form.getlist("named") if request.method == "POST" else list(own.named or ())
    abstain = "" in typed if request.method == "POST" else own.named == ()
    chosen = [unit for unit in own.units if unit.public_id in (own.named or ())]
    return render_template(
        "expert/vote.html",
        own=own,
        rules=panel_pages.rules_said(own.rules, len(own.units), own.places, own.voters),
        named=typed,
        abstain=abstain,
        said=panel_pages.named(chosen) or _("弃权"),
        fault=say(problem.fields["named"]) if problem and "named" in problem.fields else "",
        result=panel_pages.ballot_page(own.result) if own.result else None,
    ), problem.status if problem else 200
