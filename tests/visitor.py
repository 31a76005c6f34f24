"""A person with a browser, as far as HTTP goes: cookies, the last page, its forms and their token."""

from __future__ import annotations

from collections.abc import Mapping
from io import BytesIO
from typing import Any

from flask import Flask, has_app_context
from lxml import html
from werkzeug.test import TestResponse

FileGiven = tuple[str, bytes]  # name and content


class Page:
    """An answer and, where it is HTML, its document."""

    def __init__(self, response: TestResponse) -> None:
        self.response = response
        self.status: int = response.status_code
        self.location: str | None = response.headers.get("Location")
        self.path: str = response.request.path
        self.body: bytes = response.get_data()
        self.is_html = response.mimetype == "text/html"
        self.doc: Any = html.document_fromstring(self.body.decode()) if self.is_html and self.body else None

    @property
    def title(self) -> str:
        """The heading of the page."""
        return _words(self.doc.find(".//h1"))

    @property
    def text(self) -> str:
        """Everything that a reader sees, spaces folded."""
        return _words(self.doc.find("body"))

    @property
    def links(self) -> dict[str, str]:
        """Text of each link and where it leads."""
        return {_words(link): link.get("href") for link in self.doc.iter("a")}

    @property
    def forms(self) -> dict[str, dict[str, str]]:
        """The fields of each form by its action; the page's own path where it names none."""
        return {form.get("action") or self.path: fields_of(form) for form in self.doc.forms}

    @property
    def token(self) -> str | None:
        """The CSRF token that the page carries."""
        found = self.doc.xpath("//input[@name='csrf_token']/@value") if self.doc is not None else []
        return str(found[0]) if found else None

    def value(self, field: str) -> str:
        """What a field of the page holds now."""
        (node,) = self.doc.xpath("//*[@name=$name]", name=field)
        return str(node.value or "")

    def field_error(self, field: str) -> str:
        """The sentence that stands at a field; empty when none does."""
        (node,) = self.doc.xpath("//*[@name=$name]", name=field)
        ids = (node.get("aria-describedby") or "").split()
        return " ".join(
            _words(found)
            for found in (self.doc.get_element_by_id(name, None) for name in ids)
            if found is not None and "err" in (found.get("class") or "")
        )


def _words(node: Any) -> str:
    return " ".join(node.text_content().split()) if node is not None else ""


def fields_of(form: Any) -> dict[str, str]:
    """What a form would send if nobody touched it."""
    return {name: value for name, value in form.form_values() if value is not None}


class Visitor:
    """Gets and posts as a browser does: token from the page, 303 followed, last page kept."""

    def __init__(self, app: Flask, address: str = "127.0.0.1") -> None:
        self.client = app.test_client()
        self.address = address
        self._page: Page | None = None

    @property
    def page(self) -> Page:
        """The page that is open."""
        assert self._page is not None, "no page is open yet"
        return self._page

    def get(self, path: str, *, follow: bool = True, **options: Any) -> Page:
        """Open a page."""
        return self._keep(self.client.get(path, **self._sending(follow), **options))

    def post(
        self,
        path: str,
        data: Mapping[str, Any] | None = None,
        files: Mapping[str, FileGiven | list[FileGiven]] | None = None,
        *,
        follow: bool = True,
        token: str | None = None,
    ) -> Page:
        """Send a form with the token of the open page (or of the login page when none is open)."""
        body: dict[str, Any] = {"csrf_token": self.token() if token is None else token, **(data or {})}
        for name, given in (files or {}).items():
            many = given if isinstance(given, list) else [given]
            body[name] = [(BytesIO(content), file_name) for file_name, content in many]
        return self._keep(self.client.post(path, data=body, **self._sending(follow)))

    def submit(self, action: str, *, follow: bool = True, **changes: Any) -> Page:
        """Send the open page's form for `action` as it stands, with some fields changed."""
        return self.post(action, {**self.page.forms[action], **changes}, follow=follow)

    def log_in(self, login: str, password: str) -> Page:
        """Log in on the login page."""
        self.get("/login")
        return self.submit("/login", login=login, password=password)

    def log_out(self) -> Page:
        """Log out by the button of the bar."""
        return self.post("/logout")

    def token(self) -> str:
        """A CSRF token of this browser."""
        if self._page is None or self._page.token is None:
            self.get("/login")
        found = self.page.token
        assert found is not None, f"{self.page.path} carries no CSRF token"
        return found

    def _sending(self, follow: bool) -> dict[str, Any]:
        # a pushed application context would be shared by all requests, and with it who is logged in
        assert not has_app_context(), "requests must not run inside an application context"
        return {"follow_redirects": follow, "environ_base": {"REMOTE_ADDR": self.address}}

    def _keep(self, response: TestResponse) -> Page:
        page = Page(response)
        response.close()
        if page.is_html and page.doc is not None:
            self._page = page
        return page
