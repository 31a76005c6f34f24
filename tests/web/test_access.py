"""Deny by default: every address of the url map against every kind of person, and the ways around it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from werkzeug.routing import Rule

from review_portal.domain.policy import Permission
from review_portal.services import accounts
from review_portal.web import access
from tests import factories
from tests.engines import on_sqlite
from tests.visitor import Page, Visitor

MISSING = "a" * 12  # a public id that nothing has
OFFICES = {"secretariat", "secretariat of another call", "supervisor", "supervisor of another call"}
EXPERTS = {"expert", "expert of another call"}
CLERKS = {"counting_clerk", "checking_clerk of another call"}
EVERYBODY = {"nobody", "administrator"} | OFFICES | EXPERTS | CLERKS
ENTERS = {
    Permission.PUBLIC: EVERYBODY,
    Permission.SIGNED_IN: EVERYBODY - {"nobody"},
    Permission.ADMINISTRATOR: {"administrator"},
    Permission.SECRETARIAT: {"secretariat", "secretariat of another call"},
    Permission.SUPERVISOR: {"supervisor", "supervisor of another call"},
    Permission.OFFICE: OFFICES,
    Permission.EXPERT: EXPERTS,
    Permission.CLERK: CLERKS,
}
HOSTILE = [
    "https://evil.example/",
    "//evil.example/",
    "/\\evil.example/",
    "\\\\evil.example/",
    "/\t/evil.example/",
    "javascript:alert(1)",
    "evil.example",
]


def open_house(app: Flask) -> Flask:
    """The application with every view replaced by a door that says it was passed: 299 OPEN."""
    for endpoint, view in list(app.view_functions.items()):
        if endpoint not in access.LIBRARY_ENDPOINTS:
            app.view_functions[endpoint] = door(view.permission)
    return app


def door(permission: Permission) -> Callable[..., tuple[str, int]]:
    def passed(**_given: str) -> tuple[str, int]:
        return "passed", 299

    passed.permission = permission
    return passed


def person(app: Flask, role: str) -> Visitor:
    """A browser in which somebody of this kind is logged in; one call is theirs, the other is not."""
    if role == "nobody":
        return Visitor(app)
    office = factories.office(app)
    if role in ("administrator", "secretariat", "supervisor"):
        who = {"secretariat": "officer", "supervisor": "supervisor_a"}.get(role, role)
        return getattr(office, who).visit(app)
    call = factories.bare_call(app, slug="other" if "another" in role else "own", published=True)
    if role in EXPERTS:
        return factories.expert(app, call, login="expert-1").visit(app)
    return factories.inside(
        app,
        lambda: factories.settle(accounts.create_from_host("other-1", "示例外人", role.split()[0], call)),
    ).visit(app)


def addresses(app: Flask) -> Iterator[tuple[Rule, str, Permission]]:
    """Every rule with each method it takes and the permission it asks."""
    for rule in sorted(app.url_map.iter_rules(), key=str):
        permission = access.permission_of(app, rule.endpoint)
        if rule.endpoint in access.LIBRARY_ENDPOINTS:
            continue
        assert permission is not None
        for method in sorted((rule.methods or set()) & {"GET", "POST", "PUT", "PATCH", "DELETE"}):
            yield rule, method, permission


def path_of(rule: Rule, **known: str) -> str:
    """An address of this rule; objects that are not known do not exist."""
    numbered = re.sub(r"<int:[^<>]+>", "1", rule.rule)
    return re.sub(r"<(?:[^:<>]+:)?([^<>]+)>", lambda found: known.get(found[1], MISSING), numbered)


def answer(page: Page) -> str:
    """What the gate said."""
    if page.status == 299:
        return "open"
    if page.status == 401 or (page.location or "").startswith("/login"):
        return "login"
    return "choose a password" if page.location == "/password" else str(page.status)


def ask(visitor: Visitor, token: str, method: str, path: str) -> Page:
    if method == "GET":
        return visitor.get(path, follow=False)
    return visitor.post(path, token=token, follow=False)


def test_every_permission_has_its_people() -> None:
    assert set(ENTERS) == set(Permission)


@pytest.mark.parametrize("role", sorted(EVERYBODY))
def test_gate_lets_in_whom_the_permission_names(app: Flask, role: str) -> None:
    visitor = person(app, role)
    token = visitor.token()
    expected, found = {}, {}
    for rule, method, permission in addresses(open_house(app)):
        refusal = "login" if role == "nobody" else "404"
        expected[f"{method} {rule}"] = "open" if role in ENTERS[permission] else refusal
        found[f"{method} {rule}"] = answer(ask(visitor, token, method, path_of(rule)))
    assert found == expected


@on_sqlite
@pytest.mark.parametrize("role", ["nobody", "administrator"])
def test_post_without_token_is_400_and_reaches_no_view(app: Flask, role: str) -> None:
    visitor = person(app, role)
    posts = [rule for rule, method, _ in addresses(open_house(app)) if method == "POST"]
    found = {str(rule): visitor.post(path_of(rule), token="", follow=False).status for rule in posts}
    assert found == {str(rule): 400 for rule in posts}


def test_page_without_token_says_what_to_do(visitor: Visitor) -> None:
    page = visitor.post("/language", {"language": "en"}, token="forged")
    assert page.status == 400
    assert "页面已过期，未作任何改动。请返回上一页，刷新后重新提交。" in page.text


def test_one_time_password_opens_nothing_but_choosing_an_own_one(app: Flask) -> None:
    administrator, _officer = factories.inside(app, accounts.bootstrap)
    visitor = Visitor(app)
    visitor.log_in(administrator.login, administrator.password)
    token = visitor.token()
    expected, found = {}, {}
    for rule, method, permission in addresses(open_house(app)):
        free = permission is Permission.PUBLIC or rule.endpoint == "auth.password"
        expected[f"{method} {rule}"] = "open" if free else "choose a password"
        found[f"{method} {rule}"] = answer(ask(visitor, token, method, path_of(rule)))
    assert found == expected


FOREIGN = (
    "expert of another call",
    "secretariat of another call",
    "supervisor of another call",
    "checking_clerk of another call",
)


@pytest.mark.parametrize("role", FOREIGN)
def test_foreign_call_answers_exactly_as_a_missing_one(app: Flask, role: str) -> None:
    visitor = person(app, role)
    foreign = factories.bare_call(app, slug="foreign", published=True)
    token = visitor.token()
    reached = [(rule, method) for rule, method, _ in addresses(app) if "call" in rule.arguments]
    for rule, method in reached:
        here = ask(visitor, token, method, path_of(rule, call=foreign))
        nowhere = ask(visitor, token, method, path_of(rule))
        assert told(here, foreign) == told(nowhere, foreign), f"{method} {rule} tells a foreign call"


def told(page: Page, public_id: str) -> tuple[int, str | None, str]:
    """All that an answer tells, but for the id that was asked and the token."""
    body = re.sub(r'name="csrf_token" value="[^"]*"', "", page.body.decode())
    body, location = (text and text.replace(public_id, MISSING) for text in (body, page.location))
    return page.status, location, body or ""


@pytest.mark.parametrize("role", sorted(EVERYBODY - {"nobody"}))
def test_missing_object_is_never_shown_nor_an_accident(app: Flask, role: str) -> None:
    visitor = person(app, role)
    token = visitor.token()
    for rule, method, _permission in addresses(app):
        if rule.arguments:
            page = ask(visitor, token, method, path_of(rule))
            assert page.status in (303, 404), f"{method} {rule} answers {page.status}"


def test_start_up_refuses_a_view_without_permission(app: Flask) -> None:
    app.add_url_rule("/open", "silent", lambda: "open")
    with pytest.raises(RuntimeError, match="views without a permission: silent"):
        access.refuse_open_views(app)


def test_view_without_permission_is_not_found_even_when_it_got_in(app: Flask, visitor: Visitor) -> None:
    app.add_url_rule("/open", "silent", lambda: "open")
    assert visitor.get("/open").status == 404


def test_views_are_registered_with_a_permission_or_not_at_all() -> None:
    desk = access.Desk("example", __name__)
    with pytest.raises(TypeError, match="permission"):
        desk.page("/example")  # type: ignore[call-arg]


def test_nobody_is_sent_to_the_login_with_the_way_back(visitor: Visitor) -> None:
    assert visitor.get("/calls/example?tab=2", follow=False).location == "/login?next=/calls/example?tab%3D2"


def test_start_page_needs_no_way_back(visitor: Visitor) -> None:
    assert visitor.get("/", follow=False).location == "/login"


def test_login_leads_to_the_page_asked_for(app: Flask, visitor: Visitor) -> None:
    office = factories.office(app)
    visitor.get("/password")
    page = visitor.submit(
        "/login", login=office.officer.login, password=office.officer.password, follow=False
    )
    assert (page.status, page.location) == (303, "/password")


@on_sqlite
@pytest.mark.parametrize("target", HOSTILE)
def test_login_never_leads_off_the_site(app: Flask, visitor: Visitor, target: str) -> None:
    office = factories.office(app)
    visitor.get("/login")
    page = visitor.submit(
        "/login", login=office.officer.login, password=office.officer.password, next=target, follow=False
    )
    assert (page.status, page.location) == (303, "/")


@on_sqlite
@pytest.mark.parametrize("target", HOSTILE)
def test_language_switch_never_leads_off_the_site(visitor: Visitor, target: str) -> None:
    page = visitor.post("/language", {"language": "en", "next": target}, follow=False)
    assert (page.status, page.location) == (303, "/")


@pytest.mark.parametrize("target", ["/", "/calls/example", "/calls/example?tab=2#item"])
def test_language_switch_returns_to_the_page(visitor: Visitor, target: str) -> None:
    assert visitor.post("/language", {"language": "en", "next": target}, follow=False).location == target
