"""What forms of all desks share: a service's faults shown at the fields they belong to."""

from __future__ import annotations

from flask_babel import gettext
from flask_wtf import FlaskForm

from review_portal.domain.errors import PortalError
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
