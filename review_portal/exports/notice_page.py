"""The publicity notice as one printable HTML file for the website's editor: no script, no outside part."""

from __future__ import annotations

from html import escape

from review_portal.exports.plain_text import digest_groups
from review_portal.exports.publicity_notice import LIST_HEADS, Notice, wording

# One style element and no class: what is pasted into the website's editor keeps its shape there.
_STYLE = (
    "body{max-width:46em;margin:2em auto;padding:0 1em;font:16px/1.9 FangSong,STFangsong,serif}"
    "h1{font:700 22px/1.6 SimSun,STSong,serif;text-align:center}h2{font:700 18px/1.6 SimHei,sans-serif;"
    "text-align:center}main>p{text-indent:2em;text-align:justify}footer{text-align:right}"
    "table{width:100%;border-collapse:collapse}th,td{border:1px solid #000;padding:.3em .5em}"
    "small{font-family:monospace}@page{size:A4;margin:37mm 26mm 35mm 28mm}"
    "@media print{body{margin:0;max-width:none}section{break-before:page}thead{display:table-header-group}}"
)


def write_html(notice: Notice) -> str:
    """The whole document as text, UTF-8 when written; everything from outside is escaped."""
    words = wording(notice)
    title = "".join(words.title)
    paragraphs = [*words.paragraphs, *(f"{label}：{value}" for label, value in words.contacts)]
    if words.attachment:
        paragraphs.append(words.attachment)
    lines = [
        "<!doctype html>",
        '<html lang="zh-CN">',
        '<head><meta charset="utf-8"><meta name="viewport" content="width=device-width">',
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head>",
        "<body><main>",
        f"<h1>{'<br>'.join(escape(line) for line in words.title)}</h1>",
        *(f"<p>{escape(text)}</p>" for text in paragraphs),
        f"<footer>{'<br>'.join(escape(line) for line in words.signature)}</footer>",
        *_list(words.list_title, words.list_note, words.rows, notice.list_digest),
        "</main></body></html>",
    ]
    return "\n".join(lines) + "\n"


def _list(title: str, note: str, rows: tuple[tuple[str, ...], ...], digest: str) -> list[str]:
    if not rows:
        return []
    heads = "".join(f'<th scope="col">{head}</th>' for head in LIST_HEADS)
    body = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in rows)
    code = f"<p><small>名单校验码 {digest_groups(digest)}</small></p>" if digest else ""
    return [
        f"<section><p>附件</p><h2>{escape(title)}</h2><p>{escape(note)}</p>",
        f"<table><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>{code}</section>",
    ]
