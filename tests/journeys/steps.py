"""What a person does with pages: follow a link, fill in fields by their labels, press a button.

Addresses come from the page before, so that a journey fails where a link is missing.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from review_portal.services.account_views import NewAccount
from tests.factories import PASSWORD
from tests.visitor import FileGiven, Page, Visitor

Files = Mapping[str, FileGiven | list[FileGiven]]
ROW = "ancestor::*[self::tr or self::li or self::section][1]"


def words(node: Any) -> str:
    """What a reader sees of a node, spaces folded."""
    return " ".join(node.text_content().split())


class Hand(Visitor):
    """A person who never types an address."""

    def follow(self, link: str, row: str = "") -> Page:
        """Open the link whose words begin with `link`, in the row that shows `row`."""
        found = {a.get("href") for a in self._shown("//a[@href]", link, row)}
        assert len(found) == 1, (
            f"{len(found)} links “{link}” {row} on {self.where()}: {sorted(self.page.links)}"
        )
        return self.get(found.pop().split("#")[0])

    def press(
        self,
        button: str,
        fields: Mapping[str, str] | None = None,
        *,
        tick: Sequence[str] = (),
        files: Files | None = None,
        row: str = "",
    ) -> Page:
        """Fill in `fields` (by label or name), tick boxes by label, press the button with these words."""
        found = self._shown("//form//button", button, row)
        assert found, f"no button “{button}” {row} on {self.where()}: {self.page.text[:2000]}"
        form = next(found[0].iterancestors("form"))
        data = _filled(form)
        for key, text in (fields or {}).items():
            data[_field(form, key).get("name")] = [text]
        for label in tick:
            node = _field(form, label)
            kept = data.get(node.get("name"), []) if node.get("type") == "checkbox" else []
            data[node.get("name")] = [*kept, node.get("value", "on")]
        if found[0].get("name"):
            data[found[0].get("name")] = [found[0].get("value", "")]
        given = {_field(form, key).get("name"): value for key, value in (files or {}).items()}
        for name in given:
            data.pop(name, None)
        return self.post(form.get("action") or self.page.path, data, given)

    def answer(self, choose: Callable[[Any], Mapping[str, str]], button: str) -> Page:
        """Press a button of a large form after `choose` has said what stands in which field."""
        return self.press(button, choose(self.page.doc))

    def sees(self, *sentences: str) -> None:
        """Fail unless the open page says all of this."""
        for sentence in sentences:
            assert sentence in self.page.text, f"“{sentence}” is not on {self.where()}: {self.page.text}"

    def download(self, link: str, row: str = "") -> bytes:
        """The file behind a link; the open page stays open."""
        (href,) = {a.get("href") for a in self._shown("//a[@href]", link, row)}
        page = self.get(href)
        assert page.response.headers["Content-Disposition"].startswith("attachment")
        return page.body

    def where(self) -> str:
        """The open page in words."""
        return f"{self.page.path} ({self.page.status})"

    def _shown(self, path: str, text: str, row: str) -> list[Any]:
        found = [node for node in self.page.doc.xpath(path) if words(node).startswith(text)]
        exact = [node for node in found if words(node).split("：")[0] == text]
        found = exact or found
        return (
            [node for node in found if any(row in words(place) for place in node.xpath(ROW))]
            if row
            else found
        )


def _filled(form: Any) -> dict[str, list[str]]:
    """What a form holds; a browser drops the line break that opens a text area."""
    data: dict[str, list[str]] = {}
    for name, value in form.form_values():
        area = form.xpath(".//textarea[@name=$name]", name=name)
        text = (value or "").lstrip("\r\n") if area else value or ""
        data.setdefault(name, []).append(text)
    return data


def _field(form: Any, key: str) -> Any:
    """The field with this name, or the one whose label begins with these words."""
    named = form.xpath(".//*[@name=$name]", name=key)
    if named:
        return named[0]
    for label in form.xpath(".//label[@for]"):
        if words(label).startswith(key):
            return form.xpath(".//*[@id=$id]", id=label.get("for"))[0]
    raise AssertionError(f"no field “{key}”: {[words(label) for label in form.xpath('.//label')]}")


def enter(hand: Hand, login: str, password: str) -> Hand:
    """Log in with a one-time password and choose an own one, as everybody does the first time."""
    hand.log_in(login, password)
    hand.press("保存密码", {"当前密码": password, "新密码": PASSWORD, "再次输入新密码": PASSWORD})
    hand.sees("密码已修改。")
    return hand


def first_time(hand: Hand, account: NewAccount) -> Hand:
    """Enter with what the host printed at the first start."""
    return enter(hand, account.login, account.password)


def slip(hand: Hand, name: str) -> tuple[str, str]:
    """Issue a one-time password to the person of this name and read login and password off the slip."""
    hand.follow("发放一次性密码", name)
    hand.press("发放一次性密码")
    assert hand.page.title == "账号密码条"
    shown = [
        hand.page.doc.xpath("string(//dt[text()=$label]/following-sibling::dd[1])", label=label).strip()
        for label in ("账号", "一次性密码")
    ]
    hand.follow("返回")
    return shown[0], shown[1]


def findings(doc: Any, *, failing: Sequence[str] = ()) -> dict[str, str]:
    """An answer with its basis for every finding that asks for one; `failing` by rule."""
    given = {}
    for section in doc.xpath("//section[starts-with(@id, 'i-F')][.//input[@type='radio']]"):
        radio, basis = section.xpath(".//input[@type='radio']")[0], section.xpath(".//textarea")[0]
        given[radio.get("name")] = "fail" if section.get("id")[2:] in failing else "pass"
        given[basis.get("name")] = "已核对纸质件原件（示例）"
    return given


def links_of(page: Page) -> Iterator[str]:
    """Local addresses that a page leads to."""
    for node in page.doc.xpath("//a[@href]"):
        href = node.get("href").split("#")[0]
        if href.startswith("/") and not href.startswith("/static"):
            yield href


def everything(hand: Hand) -> Iterator[tuple[str, str]]:
    """Each page and file that a person can reach by links from the home page: address and text."""
    waiting, seen = ["/"], set()
    while waiting:
        path = waiting.pop()
        if path in seen:
            continue
        seen.add(path)
        page = hand.get(path)
        if page.doc is not None:
            waiting += links_of(page)
        yield path, page.text if page.doc is not None else readable(page.body)
    hand.get("/")


def readable(data: bytes) -> str:
    """The text of a download: of an Office file all its parts."""
    if data[:2] != b"PK":
        return data.decode(errors="replace")
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        return "".join(package.read(name).decode(errors="replace") for name in package.namelist())
