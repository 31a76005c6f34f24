"""Sort key for Chinese names: pinyin, with the readings that characters have as surnames."""

import unicodedata

# pypinyin gives a character's commonest reading; as a surname these are read otherwise.
_SURNAMES = {
    "曾": "zeng1",
    "单": "shan4",
    "解": "xie4",
    "仇": "qiu2",
    "区": "ou1",
    "查": "zha1",
    "朴": "piao2",
    "任": "ren2",
    "华": "hua4",
    "盖": "ge3",
    "覃": "qin2",
    "缪": "miao4",
    "乐": "yue4",
    "员": "yun4",
    "黑": "he4",
    "尉": "wei4",
    "种": "chong2",
    "翟": "zhai2",
    "纪": "ji3",
    "冼": "xian3",
    "逄": "pang2",
    "折": "she2",
    "召": "shao4",
    "秘": "bi4",
    "繁": "po2",
    "万俟": "mo4 qi2",
    "尉迟": "yu4 chi2",
    "长孙": "zhang3 sun1",
    "澹台": "tan2 tai2",
    "单于": "chan2 yu2",
    "令狐": "ling2 hu2",
}
_LONGEST_NAME = 4


def sort_key(text: str, *, person: bool = False) -> str:
    """A string that sorts as a Chinese reader expects; ``person`` reads the first character as a surname.

    One syllable with its tone per character, separated by spaces, then the text itself, so that
    different texts never share a key.  Digits and Latin letters come before Chinese, in lower case.
    """
    from pypinyin import Style, lazy_pinyin  # its dictionaries take a third of a second to load

    plain = unicodedata.normalize("NFKC", text).strip()
    surname = _surname(plain) if person else ""
    syllables = [_SURNAMES[surname]] if surname else []
    syllables += lazy_pinyin(
        plain[len(surname) :],
        style=Style.TONE3,
        neutral_tone_with_five=True,
        errors=str.casefold,
    )
    return f"{' '.join(syllables)}\x1f{plain}"


def _surname(name: str) -> str:
    """The surname where it has a reading of its own; longer texts are no person's name."""
    if not 2 <= len(name) <= _LONGEST_NAME:
        return ""
    return next((name[:length] for length in (2, 1) if name[:length] in _SURNAMES), "")
