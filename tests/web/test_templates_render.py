"""The templates hold by themselves: well formed, no inline style or script, missing is never zero."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from flask import Blueprint, Flask, flash, render_template, render_template_string
from flask_babel import Babel, get_locale
from flask_bootstrap import Bootstrap5
from flask_wtf import CSRFProtect
from lxml import etree
from wtforms import Form, PasswordField, StringField

from review_portal.web import filters, styleguide
from review_portal.web.frame import STAGES, CallLink, Entry, Page, Section

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = ROOT / "templates"
STATIC = ROOT / "review_portal" / "static"
CALLS = (CallLink("示例批次甲", "/calls/a", True), CallLink("示例批次乙", "/calls/b"))
PAGE = Page(
    viewer_name="甲示例",
    viewer_label="组长",
    desk="组件",
    nav=(Section("", (Entry("颜色", "#c-col", True), Entry("状态", "#c-state")), True),),
    call=CALLS[0],
    calls=CALLS,
    stage=4,
    stage_names=STAGES,
    styleguide="/styleguide",
)


@pytest.fixture
def bare() -> Flask:
    """Just enough of the portal to render: no database, nobody logged in."""
    app = Flask("review_portal", root_path=str(ROOT / "review_portal"), template_folder=str(TEMPLATES))
    app.config.update(SECRET_KEY="only for this test", BOOTSTRAP_SERVE_LOCAL=True, TESTING=True)
    Babel(app, default_locale="zh_Hans_CN")
    Bootstrap5(app)
    CSRFProtect(app)
    filters.register(app)
    app.jinja_env.globals["get_locale"] = get_locale
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    doors = Blueprint("auth", __name__)
    for name in ("login", "logout", "password", "set_language"):
        doors.add_url_rule(f"/{name}", name, lambda: "", methods=["GET", "POST"])
    app.register_blueprint(doors)
    codes = Blueprint("public_codes", __name__)
    codes.add_url_rule("/public/verify", "verify", lambda: "")
    app.register_blueprint(codes)
    app.register_blueprint(styleguide.desk)
    return app


@pytest.fixture
def guide(bare: Flask) -> str:
    bare.context_processor(lambda: {"page": PAGE})
    return bare.test_client().get("/styleguide").get_data(as_text=True)


def rendered(app: Flask, source: str, **context: Any) -> str:
    with app.test_request_context("/"):
        return render_template_string('{% import "_macros.html" as m %}' + source, **context)


def faults(html: str) -> list[str]:
    """What an HTML reader had to repair; elements younger than libxml2's list are no fault."""
    reader = etree.HTMLParser(recover=True)
    etree.fromstring(html.encode(), reader)
    return [entry.message for entry in reader.error_log if entry.type_name != "HTML_UNKNOWN_TAG"]


def test_style_guide_is_well_formed(guide: str) -> None:
    assert faults(guide) == []


def test_style_guide_has_each_id_once(guide: str) -> None:
    ids = re.findall(r'\sid="([^"]*)"', guide)
    assert sorted(ids) == sorted(set(ids))


def test_style_guide_labels_every_field(guide: str) -> None:
    tree = etree.fromstring(guide.encode(), etree.HTMLParser())
    named = set(tree.xpath("//label/@for"))
    fields = tree.xpath("//input[not(@type='hidden')]|//textarea|//select")
    assert [f.get("id") for f in fields if f.get("id") not in named and not f.get("aria-label")] == []


def test_style_guide_has_one_first_heading(guide: str) -> None:
    assert re.findall(r"<h1>(.*?)</h1>", guide) == ["组件"]


def test_layout_marks_where_one_is(guide: str) -> None:
    tree = etree.fromstring(guide.encode(), etree.HTMLParser())
    assert tree.xpath("//nav[@class='stages-row']//li[@aria-current]/text()") == ["书面评审"]
    assert tree.xpath("//nav[@class='side']//a[@aria-current='page']/text()") == ["颜色"]
    assert tree.xpath("//details[@class='bar-call']//a[@aria-current='true']/text()") == ["示例批次甲"]


def test_layout_leaves_by_post_with_a_token(guide: str) -> None:
    tree = etree.fromstring(guide.encode(), etree.HTMLParser())
    for action in ("/logout", "/set_language"):
        (form,) = tree.xpath(f"//form[@action='{action}']")
        assert (form.get("method"), len(form.xpath("input[@name='csrf_token']"))) == ("post", 1)


def test_layout_without_a_viewer_shows_no_desk(bare: Flask) -> None:
    html = rendered(bare, '{% extends "layout.html" %}{% block title %}登录{% endblock %}', page=None)
    assert (html.count('class="side"'), html.count("/logout"), faults(html)) == (0, 0, [])


def test_layout_shows_messages_of_the_last_act_by_kind(bare: Flask) -> None:
    with bare.test_request_context("/"):
        flash("已提交", "good")
        flash("<b>", "info")
        html = render_template_string('{% import "_macros.html" as m %}{{ m.flashes() }}')
    notes = re.findall(r'<div class="([^"]*)" role="([^"]*)"><p>(.*?)</p>', html)
    assert notes == [("msg msg-good", "status", "已提交"), ("msg", "status", "&lt;b&gt;")]


@pytest.mark.parametrize("path", sorted(TEMPLATES.rglob("*.html")), ids=lambda p: p.stem)
def test_template_compiles_and_holds_to_the_security_policy(bare: Flask, path: Path) -> None:
    bare.jinja_env.get_template(path.relative_to(TEMPLATES).as_posix())
    source = re.sub(r"\{#.*?#\}", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    inline = r"""\sstyle=|<style|\son[a-z]+\s*=\s*["']|javascript:|<script(?![^>]*\ssrc=)|https?://"""
    assert re.findall(inline, source) == []


def test_scripts_and_sheets_named_in_templates_exist() -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in TEMPLATES.rglob("*.html"))
    named = set(re.findall(r"[ '}]([a-z_]+\.(?:js|css))\b", text))
    assert sorted(name for name in named if not (STATIC / name).is_file()) == []


def test_stylesheet_needs_no_other_host_and_stops_motion_on_request() -> None:
    css = (STATIC / "portal.css").read_text(encoding="utf-8")
    assert re.findall(r"@import|url\(", css) == []
    assert css.count("prefers-reduced-motion: reduce") == 1
    assert css.count("{") == css.count("}")


@pytest.mark.parametrize(
    ("value", "shown"),
    [(None, "—"), (0, "0.00"), (Decimal("83.4"), "83.40"), ("回避", "回避")],
)
def test_number_missing_is_a_dash_and_zero_is_zero(bare: Flask, value: object, shown: str) -> None:
    assert rendered(bare, "{{ m.num(value) }}", value=value) == shown


def test_check_code_is_shown_in_groups_of_four(bare: Flask) -> None:
    html = rendered(bare, "{{ m.digest('0123456789abcdef') }}")
    assert re.findall(r"<span>(.*?)</span>", html) == ["0123", "4567", "89ab", "cdef"]


def test_field_points_to_its_hint_and_its_error(bare: Flask) -> None:
    html = rendered(bare, "{{ m.input('due', '截止时间', hint='年月日', err='须晚于今天') }}")
    about = re.findall(r'aria-describedby="([^"]*)"', html)
    assert (about, re.findall(r'<p class="(\w+)" id="([^"]*)"', html)) == (
        ["due-h due-e"],
        [("hint", "due-h"), ("err", "due-e")],
    )


def test_field_keeps_what_was_typed_as_text(bare: Flask) -> None:
    html = rendered(bare, "{{ m.textarea('why', '理由', value) }}", value="</textarea><b>")
    assert re.findall(r">(.*)</textarea>", html) == ["&lt;/textarea&gt;&lt;b&gt;"]


def test_password_is_never_written_back(bare: Flask) -> None:
    assert rendered(bare, "{{ m.input('p', '密码', 'secret', 'password') }}").count("secret") == 0


@pytest.mark.parametrize(
    ("delta", "shown"),
    [
        (3.0, "h-p2"),
        (2.9, "h-p1"),
        (1.0, "h-p1"),
        (0.9, "h-0"),
        (-0.9, "h-0"),
        (-1.0, "h-n1"),
        (-3.0, "h-n2"),
    ],
)
def test_heat_map_bands_meet_at_their_limits(bare: Flask, delta: float, shown: str) -> None:
    source = '{% import "_charts.html" as charts %}{{ charts.heat_class(delta, 1, 3) }}'
    assert rendered(bare, source, delta=delta) == shown


def test_strip_stacks_equal_points_so_that_none_is_hidden(bare: Flask) -> None:
    points = [{"value": 80, "name": code, "flag": False} for code in ("Z1", "Z2")]
    rows = [{"label": "S01", "points": points, "mean": 80, "right": "0.0", "key": False}]
    source = '{% import "_charts.html" as charts %}{{ charts.strip(rows, "示例", 50, 95) }}'
    assert re.findall(r'cx="([^"]*)" cy="([^"]*)"', rendered(bare, source, rows=rows)) == [
        ("820.0", "26"),
        ("820.0", "18"),
    ]


def page_of(app: Flask, template: str, **context: Any) -> str:
    with app.test_request_context("/"):
        return render_template(template, page=None, **context)


@pytest.mark.parametrize(
    ("status", "title"), [(404, "未找到"), (422, "须更正"), (503, "系统繁忙"), (500, "系统故障")]
)
def test_refusal_names_what_happened_and_the_way_back(bare: Flask, status: int, title: str) -> None:
    html = page_of(bare, "errors/problem.html", status=status, sentence="示例说明。", error_id=None)
    assert re.findall(r"<h1>(.*?)</h1>", html) == [title]
    assert (faults(html), html.count("示例说明。"), html.count("返回首页")) == ([], 1, 1)


def test_conflict_shows_both_texts_and_sends_the_own_one_on_the_current_version(bare: Flask) -> None:
    keep = {"action": "/notes/a", "version": 4, "hidden": [("text", "<我的>")]}
    fields = [("补正事项", "<我的>", "现有的")]
    html = page_of(bare, "errors/conflict.html", what="S05", fields=fields, keep=keep, back_href="/notes/a")
    assert faults(html) == []
    assert re.findall(r'<p class="kept">(.*?)</p>', html) == ["&lt;我的&gt;", "现有的"]
    assert re.findall(r'name="(version|text)" value="(.*?)"', html) == [
        ("version", "4"),
        ("text", "&lt;我的&gt;"),
    ]


class LoginFields(Form):
    """The fields that the login page expects."""

    login = StringField("账号")
    password = PasswordField("密码")


ACT: dict[str, Any] = {
    "title": "同意启封：书面评审评分",
    "consequences": ["启封后不能恢复封存。"],
    "facts": [("评分表", "应交55份，已交55份")],
    "code": "af2bdbe1aa9b6ec1",
    "action": "/rounds/a/unseal",
    "act_text": "同意启封评分",
    "back_href": "/",
}


def test_irreversible_act_says_what_happens_before_its_button(bare: Flask) -> None:
    html = page_of(bare, "act.html", **ACT)
    parts = [
        html.index(text)
        for text in ("启封后不能恢复封存。", "应交55份", "<span>af2b</span>", 'value="agree"')
    ]
    assert (parts, faults(html)) == (sorted(parts), [])


def test_irreversible_act_with_something_open_has_no_button(bare: Flask) -> None:
    html = page_of(bare, "act.html", problems=[("/sheets", "还有1份评分表未交")], **ACT)
    assert (html.count("<form"), html.count('href="/sheets"'), html.count('value="agree"')) == (1, 1, 0)


def test_login_after_a_timeout_carries_along_what_was_typed(bare: Flask) -> None:
    html = page_of(
        bare,
        "auth/login.html",
        form=LoginFields(meta={"csrf": False}),
        next="/x",
        expired=True,
        kept=[("why", "理由<1>")],
    )
    tree = etree.fromstring(html.encode(), etree.HTMLParser())
    sent = tree.xpath("//form[@action='/login']/input[@name!='csrf_token']")
    assert [(field.get("name"), field.get("value")) for field in sent] == [
        ("next", "/x"),
        ("kept:why", "理由<1>"),
    ]
