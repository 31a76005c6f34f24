"""What forms of all desks share: a service's faults shown at the fields they belong to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import flash, redirect, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_wtf import FlaskForm

from review_portal.domain.errors import Conflict, Invalid, PortalError
from review_portal.domain.messages import Message


def say(message: Message) -> str:
    """A message in the reader's language, with the messages among its parameters."""
    if not message.msgid:  # the empty msgid is the head of a catalogue
        return ""
    text = gettext(message.msgid)
    return text % {name: _said(value) for name, value in message.params.items()} if message.params else text


def _said(value: object) -> object:
    return say(value) if isinstance(value, Message) else value


def take_faults(form: FlaskForm, problem: PortalError) -> None:
    """Put a refusal's sentences at their fields; what fits no field heads the form."""
    for name, message in problem.fields.items():
        if name in form:
            form[name].errors = [*form[name].errors, say(message)]
    if not any(name in form for name in problem.fields):
        form.form_errors = [*form.form_errors, say(problem.message)]


def answer(
    form: FlaskForm,
    act: Callable[[], object],
    *,
    told: str,
    then: str | Callable[[Any], str],
    page: Callable[[], str],
    checks_all: bool = False,
) -> ResponseReturnValue:
    """Show a form, or do what it asks and go on to `then` with `told`; refused, show it with what was typed.

    `then`: an address, or what makes one of what the act has returned.
    `checks_all`: the act checks every field itself, so that its faults stand beside those of the form.
    """
    status = 200
    if request.method == "POST" and (form.validate() or checks_all):
        try:
            made = act()
        except (Conflict, Invalid) as problem:
            take_faults(form, problem)
            status = problem.status
        else:
            flash(told, "good")
            return redirect(then if isinstance(then, str) else then(made), 303)
    wrong = bool(form.errors or form.form_errors)
    return page(), 422 if wrong and status == 200 else status
