"""The English catalogue and what it must hold: `python -m tests.catalogue` brings it up to date.

Every Chinese sentence that reaches a reader is marked in the code; the same extraction serves this command
and the test that keeps the catalogue complete.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import get_args

from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from scoring_rubrics.rule import Combine, Normalize, Rule

ROOT = Path(__file__).parents[1]
ENGLISH = ROOT / "review_portal" / "translations" / "en" / "LC_MESSAGES" / "messages.po"
ROOMS = ("review_portal", "scoring_rubrics", "templates")
METHODS = [("**.py", "python"), ("**.html", "jinja2")]
OPTIONS = {"**.html": {"silent": "false", "trim_blocks": "true", "lstrip_blocks": "true"}}
KEYWORDS = {
    **DEFAULT_KEYWORDS,
    "_l": None,  # lazy_gettext of web's forms
    "mark": None,
    "Message": None,
    "_no": None,  # domain.policy
    "AggregatorError": None,
    "DuplicateRow": None,  # an AggregatorError
    "Fault": (3,),  # scoring_rubrics.rubric: item, kind, sentence
}
HEADER = """\
# Chinese sentences of the code and their English; `python -m tests.catalogue` adds and drops entries.
msgid ""
msgstr ""
"Language: en\\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\\n"
"Content-Type: text/plain; charset=utf-8\\n"

"""


def extracted() -> Iterator[tuple[str | tuple[str, ...], str]]:
    """Every marked sentence with the file it stands in, and the names of all rules; a plural is a pair."""
    for room in ROOMS:
        for name, _line, msgid, _comments, _context in extract_from_dir(
            ROOT / room, METHODS, OPTIONS, KEYWORDS
        ):
            if msgid:
                yield msgid, f"{room}/{name}"
    for normalize, combine in product(get_args(Normalize), get_args(Combine)):
        yield Rule(normalize=normalize, combine=combine).label, "scoring_rubrics/rule.py"


def template() -> Catalog:
    """The sentences of the code as a catalogue without translations, files without line numbers."""
    catalogue = Catalog(charset="utf-8")
    for msgid, place in sorted(extracted(), key=lambda found: found[1]):
        catalogue.add(msgid, locations=[(place, 0)])
    return catalogue


def english() -> Catalog:
    """The catalogue as it stands in the repository."""
    with ENGLISH.open("rb") as stream:
        return read_po(stream, locale="en")


def compile_english() -> None:
    """Write the compiled form beside the catalogue where it is missing or older, as `./portal` does."""
    compiled = ENGLISH.with_suffix(".mo")
    if not compiled.exists() or compiled.stat().st_mtime < ENGLISH.stat().st_mtime:
        with compiled.open("wb") as stream:
            write_mo(stream, english())


def update() -> list[str]:
    """Add new sentences, drop those that left the code; returns what still waits for its translation."""
    known = {message.id: message.string for message in english()}
    catalogue = template()
    for message in catalogue:
        if message.id:
            message.string = known.get(message.id, ("", "") if message.pluralizable else "")
    with ENGLISH.open("wb") as stream:
        stream.write(HEADER.encode())
        write_po(stream, catalogue, width=110, include_lineno=False, omit_header=True)
    return [str(message.id) for message in catalogue if message.id and not all(texts(message.string))]


def texts(given: object) -> tuple[str, ...]:
    """A sentence, or the two of a plural, as a tuple; an entry without translation gives one empty text."""
    return tuple(given) if isinstance(given, list | tuple) else (str(given or ""),)


if __name__ == "__main__":
    waiting = update()
    compile_english()
    for msgid in waiting:
        sys.stdout.write(f"未翻译：{msgid}\n")
    sys.exit(1 if waiting else 0)
