"""From what applicants write in a cell to values: numbers, money, dates, codes, phones, ticked options.

Nothing is guessed: a text that does not say one value plainly gives None, and the raw text stays beside it.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from review_portal.domain.text_count import fold

TICKED = "☑√✓✔■●☒◉✅▣◼⬛★◆"
OPEN = "□☐◻○◯〇▢⬜◇☆"
_BRACKETED = re.compile(rf"[(\[【]\s*([{TICKED}{OPEN}xX✕]?)\s*[)\]】]")
_FIGURES = ("〇零○", "一壹", "二贰两", "三叁", "四肆", "五伍", "六陆", "七柒", "八捌", "九玖")
_DIGITS = {digit: value for value, forms in enumerate(_FIGURES) for digit in forms}
_TENS = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000}
_MYRIADS = {"万": 10_000, "亿": 100_000_000}
_CHINESE = "".join(_DIGITS) + "".join(_TENS) + "".join(_MYRIADS)
_NUMBER = re.compile(r"[-+]?\d+(?:\.\d+)?")
_GROUPED = re.compile(r"(?<=\d)[,，'](?=\d{3}(?:\D|$))")
_TOO_LARGE = 10**15  # no quantity of a form; a code or an account number that slipped in
_YEAR = re.compile(r"(?:19|20)\d\d\s*年\s*度?")
_ENGLISH_DATE = re.compile(r"(\d{4})\s*[年./-]\s*(?:(\d{1,2})\s*[月./-]?\s*(?:(\d{1,2})(?!\d)\s*[日号]?)?)?")
_CHINESE_DATE = re.compile(
    r"([〇零○一二三四五六七八九]{4})\s*年\s*(?:([〇零○一二三四五六七八九十]{1,3})\s*月\s*"
    r"(?:([〇零○一二三四五六七八九十]{1,3})\s*[日号])?)?"
)
_IN_WAN = {"元": Decimal("0.0001"), "万元": Decimal(1), "亿元": Decimal(10_000)}
# `number` has applied 万 and 亿 already, so a written unit leaves an amount in 元.
_HAS_UNIT = re.compile(rf"[\d{_CHINESE}]\s*[万亿元圆]")
_IN_WORDS = re.compile(rf"(?:约|共|计|人民币|大写|[:：\s])*([{_CHINESE}]+)\s*[^{_CHINESE}\d]{{0,8}}")
_MOBILE = re.compile(r"1\d{10}")
_FULL_CODE = re.compile(r"(?<![0-9A-Z])[0-9A-Z]{18}(?![0-9A-Z])")
_SHORT_CODE = re.compile(r"(?<![0-9A-Z])[0-9A-Z]{8}-?[0-9X](?![0-9A-Z])")


@dataclass(frozen=True, slots=True)
class PartialDate:
    """A written date, of which month and day may be blank; `raw` is what was written, without spaces."""

    year: int
    month: int | None
    day: int | None
    raw: str

    @property
    def complete(self) -> date | None:
        """The day, or None when it is not given in full or does not exist."""
        if self.month is None or self.day is None:
            return None
        try:
            return date(self.year, self.month, self.day)
        except ValueError:
            return None


def clean(text: str) -> str | None:
    """What a person would say stands there: trimmed, without fill-in lines; None when that is nothing."""
    lines = (re.sub(r"\s*_{2,}\s*", " ", line).strip() for line in text.splitlines())
    return "\n".join(line for line in lines if line) or None


def _narrow(text: str) -> str:
    text = unicodedata.normalize("NFKC", text)
    text = re.sub(r"(?<=\d)\s+(?=\d{3}(?:\D|$))", "", text)
    return _GROUPED.sub("", text)


def number(raw: str) -> Decimal | None:
    """The one number that a text holds (1,234.5 家; ４０; 约40; 一百二十六); None for none or several.

    A following 万 or 亿 multiplies.
    """
    text = _YEAR.sub(" ", _narrow(raw))
    found = _NUMBER.findall(text)
    if len(found) > 1:
        return None
    if not found:
        return _chinese_number(text)
    value = Decimal(found[0])
    if abs(value) >= _TOO_LARGE:
        return None
    after = text[text.index(found[0]) + len(found[0]) :].lstrip()
    return value * _MYRIADS.get(after[:1], 1)


def _chinese_number(text: str) -> Decimal | None:
    written = _IN_WORDS.fullmatch(text.strip())
    if not written:
        return None
    total = section = digit = 0
    for character in written.group(1):
        if character in _DIGITS:
            digit = _DIGITS[character]
        elif character in _TENS:
            section += (digit or 1) * _TENS[character]
            digit = 0
        else:
            total += (section + digit) * _MYRIADS[character]
            section = digit = 0
    return Decimal(total + section + digit)


def count(raw: str) -> int | None:
    """A whole number of persons or things, or None."""
    value = number(raw)
    return int(value) if value is not None and value == value.to_integral_value() and value >= 0 else None


def money_wan(raw: str, label: str = "", fiscal_year: int | None = None) -> Decimal | None:
    """An amount in 万元. Unit: the one written behind the number, else the one in the label, else 万元.

    Of several yearly amounts the one of `fiscal_year` is taken. Foreign money gives None.
    """
    text = _narrow(raw)
    if re.search(r"美元|欧元|港元|港币|日元|英镑|usd|eur|hkd", text, re.IGNORECASE):
        return None
    if fiscal_year is not None and len(_YEAR.findall(text)) > 1:
        parts = re.split(r"(?=(?:19|20)\d\d\s*年)", text)
        text = next((part for part in parts if part.startswith(str(fiscal_year))), text)
    value = number(text)
    if value is None:
        return None
    if _HAS_UNIT.search(_YEAR.sub(" ", text)):
        return exact(value / 10_000)
    return exact(
        value * {"元": Decimal("0.0001"), "亿元": Decimal(10_000)}.get(_label_unit(label), Decimal(1))
    )


def _label_unit(label: str) -> str:
    found = re.search(r"(亿元|万元|元)", fold(label))
    return found.group(1) if found else "万元"


def exact(value: Decimal) -> Decimal:
    """Without trailing zeros and without an exponent."""
    value = value.normalize()
    return value.quantize(Decimal(1)) if value == value.to_integral_value() else value


def written_date(text: str) -> PartialDate | None:
    """The last date in a text, in Arabic or Chinese numerals; None when there is not even a year."""
    folded = unicodedata.normalize("NFKC", text)
    found = [*_ENGLISH_DATE.finditer(folded), *_CHINESE_DATE.finditer(folded)]
    if not found:
        return None
    last = max(found, key=lambda match: (match.group(2) is not None, match.start()))
    year, month, day = (_date_number(group) for group in last.groups())
    if year is None:
        return None
    return PartialDate(year, month, day, re.sub(r"\s+", "", last.group(0)))


def _date_number(text: str | None) -> int | None:
    if text is None:
        return None
    if text.isdecimal():
        return int(text)
    if len(text) == 4:
        return int("".join(str(_DIGITS[character]) for character in text))
    value = _chinese_number(text)
    return int(value) if value is not None else None


def credit_code(raw: str) -> str | None:
    """The 18-character credit code, else the 9-character organisation code, else the text without spaces."""
    text = re.sub(r"\s+", "", unicodedata.normalize("NFKC", raw)).upper()
    for pattern in (_FULL_CODE, _SHORT_CODE):
        found = pattern.search(text)
        if found:
            return found.group(0)
    return text or None


def phone(raw: str) -> str | None:
    """A phone number in half-width, without +86; a mobile number without hyphens."""
    text = re.sub(r"\s+", "", unicodedata.normalize("NFKC", raw))
    text = re.sub(r"[‐‑–—]", "-", re.sub(r"^\(?(?:\+86|0086)\)?-?", "", text))
    bare = text.replace("-", "")
    return bare if _MOBILE.fullmatch(bare) else text or None


def email(raw: str) -> str | None:
    """An e-mail address without spaces, in half-width."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", raw)) or None


def ticked(text: str, options: Sequence[tuple[str, ...]]) -> tuple[int, ...]:
    """Which options (each a tuple of wordings, longest first) are chosen, as indexes in the order given.

    A mark may stand before or behind its option, in brackets or not. Without any mark, or with empty boxes
    only, the options that were not deleted are the chosen ones, unless all are still there.
    """
    plain = _BRACKETED.sub(lambda found: "□" if found.group(1) in ("", *OPEN) else "☑", _half_brackets(text))
    places = _places(plain, options)
    marks = [at for at, character in enumerate(plain) if character in TICKED]
    if marks:
        before = _marks_stand_before(plain, places)
        chosen = {_option_of(at, places, before) for at in marks}
        return tuple(sorted(option for option in chosen if option is not None))
    present = tuple(sorted({option for _, _, option in places}))
    return present if len(present) < len(options) else ()


def _half_brackets(text: str) -> str:
    return text.translate(str.maketrans("（）［］", "()[]"))


def _places(text: str, options: Sequence[tuple[str, ...]]) -> list[tuple[int, int, int]]:
    """(start, end, option) of every option in the text, none overlapping, in reading order."""
    wordings = [(wording, option) for option, words in enumerate(options) for wording in words]
    found: list[tuple[int, int, int]] = []
    for wording, option in sorted(wordings, key=lambda pair: -len(pair[0])):
        spaced = r"[ \u3000]*".join(map(re.escape, wording))
        for match in re.finditer(spaced, text):
            if all(match.end() <= start or match.start() >= end for start, end, _ in found):
                found.append((match.start(), match.end(), option))
    first = {option: min(place for place in found if place[2] == option) for _, _, option in found}
    return sorted(first.values())


def _marks_stand_before(text: str, places: list[tuple[int, int, int]]) -> bool:
    """Marks and boxes touch their option; where they touch two, the majority and the first one decide."""
    boxes = [at for at, character in enumerate(text) if character in TICKED + OPEN]
    starts, ends = {start for start, _, _ in places}, {end for _, end, _ in places}
    before = sum(at + 1 in starts for at in boxes)
    behind = sum(at in ends for at in boxes)
    if before != behind or not boxes or not places:
        return before >= behind
    return boxes[0] < places[0][0]


def _option_of(mark: int, places: list[tuple[int, int, int]], before: bool) -> int | None:
    if before:
        return next((option for start, _, option in places if start > mark), None)
    return next((option for _, end, option in reversed(places) if end <= mark), None)
