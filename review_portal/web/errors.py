"""Refusals and accidents as pages: a sentence, what to do next, the way back; never a traceback."""

from __future__ import annotations

import json
import logging
import secrets
from collections.abc import Iterable
from datetime import UTC, datetime

from flask import Flask, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from review_portal.domain.errors import Busy, Held, NotFound, PortalError
from review_portal.domain.messages import Message, mark
from review_portal.web.forms import say

log = logging.getLogger("review_portal")
_SENTENCES = {
    400: mark("请求不完整，未作任何改动。请返回上一页重新提交。"),
    404: mark("未找到该材料，或您没有查看权限。"),
    405: mark("该地址不能这样打开，请从页面上的按钮进入。"),
    413: mark(
        "文件过大，未上传，填写的内容也未收到。请用浏览器的“后退”返回上一页，压缩图片或分开上传后再试。"
    ),
    429: mark("操作过于频繁，请一分钟后再试。"),
}
_ACCIDENT = mark("系统出现故障，未作任何改动。请把故障编号告诉管理员。")


def log_event(event: str, **facts: object) -> None:
    """One JSON line; only facts named by the caller, never form values, points or SQL parameters."""
    log.info(json.dumps({"at": datetime.now(UTC).isoformat(), "event": event, **facts}, ensure_ascii=False))


_TITLES = {
    403: mark("不能办理"),
    404: mark("未找到"),
    409: mark("内容已变化"),
    413: mark("文件过大"),
    422: mark("请更正"),
    429: mark("请稍候"),
    500: mark("系统故障"),
    503: mark("系统繁忙"),
}
_SECRET = frozenset({"csrf_token", "password", "current", "new", "again"})
_CARRIED = frozenset(
    {"act", "answer", "confirm", "decision", "key", "next", "resume", "seen", "version"}
)  # by the page


def _typed() -> list[tuple[str, str]]:
    try:
        given = list(request.form.items(multi=True))
    except RequestEntityTooLarge:  # what was too large to read is too large to show
        return []
    typed = [(name, text.strip()) for name, text in given if name not in _SECRET | _CARRIED]
    return [
        (name, text) for name, text in typed if len(text) > 1 or text.isdigit()
    ]  # 7 points, not a tick's y


def _page(
    message: Message,
    status: int,
    *,
    title: Message | None = None,
    error_id: str = "",
    faults: Iterable[tuple[str, Message]] = (),
) -> ResponseReturnValue:
    page = render_template(
        "errors/problem.html",
        title=say(title or _TITLES.get(status, mark("未能办理"))),
        sentence=say(message),
        next_step="",
        fields=[(name, say(fault)) for name, fault in faults],
        kept=_typed(),
        error_id=error_id,
    )
    return page, status


def register(app: Flask) -> None:
    """One place where exceptions become answers."""

    @app.errorhandler(PortalError)
    def refused(problem: PortalError) -> ResponseReturnValue:
        title = mark("已提请暂停") if isinstance(problem, Held) else None
        return _page(problem.message, problem.status, title=title, faults=problem.fields.items())

    @app.errorhandler(OperationalError)
    def busy(_problem: OperationalError) -> ResponseReturnValue:
        return _page(Busy().message, Busy.status)

    @app.errorhandler(CSRFError)
    def no_token(_problem: CSRFError) -> ResponseReturnValue:
        return _page(mark("页面已过期，未作任何改动。请返回上一页，刷新后重新提交。"), 400)

    @app.errorhandler(HTTPException)
    def http(problem: HTTPException) -> ResponseReturnValue:
        status = problem.code or 500
        if status < 400:
            return problem.get_response()
        return _page(_SENTENCES.get(status, NotFound().message if status == 404 else _ACCIDENT), status)

    @app.errorhandler(Exception)
    def accident(problem: Exception) -> ResponseReturnValue:
        if app.testing:
            raise problem
        error_id = secrets.token_hex(4)
        log_event(
            "accident",
            error_id=error_id,
            kind=type(problem).__name__,
            endpoint=request.endpoint,
            where=_where(problem),
        )
        return _page(_ACCIDENT, 500, error_id=error_id)


def _where(problem: Exception) -> list[str]:
    """File and line of each frame: what a developer needs, without the values that were in it."""
    places, trace = [], problem.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        places.append(f"{code.co_filename.rsplit('/', 1)[-1]}:{trace.tb_lineno}")
        trace = trace.tb_next
    return places[-6:]
