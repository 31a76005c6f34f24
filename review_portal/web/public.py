"""What everybody may read without an account: the publicity notice within its period."""

from __future__ import annotations

from flask import current_app, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import force_locale
from flask_babel import gettext as _

from review_portal import clock
from review_portal.domain.policy import Permission
from review_portal.services import public_notice
from review_portal.services.public_notice import PublicNotice
from review_portal.web.access import Desk
from review_portal.web.downloads import send
from review_portal.web.filters import office_date

desk = Desk("public", __name__, url_prefix="/public")
# Seconds that a copy may be kept, never beyond the end of the period: a takedown or a corrected text is seen
# by everybody at the latest after this time. A copy is then asked for again by its ETag.
FRESH_FOR = 60


@desk.page("/notice/<call>", permission=Permission.PUBLIC)
def notice(call: str) -> ResponseReturnValue:
    """The notice: names, members, recommending units; no scores, no places, no experts."""
    files = (url_for("public.notice_file", call=call), url_for("public.notice_text", call=call))
    return _shown(public_notice.public(call=call), *files)


@desk.page("/notice/<call>/changes/<paper>", permission=Permission.PUBLIC)
def change(call: str, paper: str) -> ResponseReturnValue:
    """The notice on a change of the list, within its own period."""
    files = (
        url_for("public.change_file", call=call, paper=paper),
        url_for("public.change_text", call=call, paper=paper),
    )
    return _shown(public_notice.public_change(call=call, paper=paper), *files)


def _shown(found: PublicNotice, word_href: str, text_href: str) -> ResponseReturnValue:
    """The page, kept by caches for a minute at most and never beyond the period."""
    with force_locale("zh_Hans_CN"):  # the same for everybody: no session decides on its language
        page = _page(found, word_href, text_href)
        response = make_response(render_template("public/notice.html", **page))
    left = int((found.ends_at - clock.now()).total_seconds())
    response.cache_control.public = True
    response.cache_control.max_age = max(0, min(FRESH_FOR, left))
    response.cache_control.must_revalidate = True
    response.add_etag()
    return response.make_conditional(request)


@desk.page("/notice/<call>.docx", permission=Permission.PUBLIC)
def notice_file(call: str) -> ResponseReturnValue:
    """The notice as a document."""
    return send(*public_notice.public_document(call=call))


@desk.page("/notice/<call>.txt", permission=Permission.PUBLIC)
def notice_text(call: str) -> ResponseReturnValue:
    """The notice as plain text."""
    return send(*public_notice.public_text(call=call))


@desk.page("/notice/<call>/changes/<paper>.docx", permission=Permission.PUBLIC)
def change_file(call: str, paper: str) -> ResponseReturnValue:
    """The notice on a change as a document."""
    return send(*public_notice.public_change_document(call=call, paper=paper))


@desk.page("/notice/<call>/changes/<paper>.txt", permission=Permission.PUBLIC)
def change_text(call: str, paper: str) -> ResponseReturnValue:
    """The notice on a change as plain text."""
    return send(*public_notice.public_change_text(call=call, paper=paper))


def _page(found: PublicNotice, word_href: str, text_href: str) -> dict[str, object]:
    words = found.words
    return {
        "org": found.issuer,
        "place": _("通知公告　公示"),
        "clock": _clock(found),
        "title": words.title,
        "meta": _(
            "发布日期：%(day)s　发布单位：%(issuer)s",
            day=office_date(found.published_on),
            issuer=found.issuer,
        ),
        "paragraphs": words.paragraphs,
        "contacts": words.contacts,
        "sign": words.signature,
        "list_title": _("附件　%(title)s%(note)s", title=words.list_title, note=words.list_note),
        "rows": [
            {"number": number, "lead": lead, "members": members, "recommender": recommender}
            for number, lead, members, recommender in words.rows
        ],
        "code": found.list_digest,
        "links": [
            {"href": word_href, "text": _("下载公示文件")},
            {"href": text_href, "text": _("下载文本")},
        ],
        "demo": current_app.extensions["settings"].demo,
    }


def _clock(found: PublicNotice) -> str:
    first, last = found.first_day, found.last_day
    period = _(
        "公示期：%(m1)s月%(d1)s日至%(m2)s月%(d2)s日（%(n)s个工作日）",
        m1=first.month,
        d1=first.day,
        m2=last.month,
        d2=last.day,
        n=found.working_days,
    )
    if found.today:
        period = period[:-1] + _("，今日第%(day)s日", day=found.today) + period[-1]
    return period + "　" + _("截止于%(m)s月%(d)s日24时", m=last.month, d=last.day)
