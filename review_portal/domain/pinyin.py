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
_BEGINS = "\x1e\x1f"  # before a text of a search key; a syllable inside it has the second character alone
_FAR = 24  # letters of a key from one syllable on: what is typed is shorter
_INSIDE = 3  # letters of a word from which it is looked for inside a text


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


def search_key(name: str, *others: str) -> str:
    """What a register's row is found by: a person's name and further texts, each in three ways.

    As written, and in full pinyin without tones and by initials from every syllable on. `search_words` gives
    what such a key must contain to be found.
    """
    parts: list[str] = []
    for place, text in enumerate((name, *others)):
        sounds = _sounds(text, person=place == 0)
        initials = "".join(sound[0] for sound in sounds)
        parts += (_BEGINS + part for part in dict.fromkeys((_plainest(text), "".join(sounds), initials)))
        parts += (_BEGINS[1] + "".join(sounds[start:])[:_FAR] for start in range(1, len(sounds)))
        parts += (_BEGINS[1] + initials[start:][:_FAR] for start in range(1, len(initials) - 1))
    return "".join(parts)


def search_words(query: str) -> tuple[str, ...]:
    """For each word of a query what a `search_key` must contain; at most eight words.

    Latin letters are pinyin or initials and count from a syllable on, one or two of them only from the
    beginning of a text: anywhere they would fit almost every long name.
    """
    words = (_plainest(word) for word in unicodedata.normalize("NFKC", query).split())
    return tuple(_wanted(word) for word in dict.fromkeys(word for word in words if word))[:8]


def _wanted(word: str) -> str:
    if not word.isascii():
        return word
    return f"{_BEGINS if len(word) < _INSIDE else _BEGINS[1]}{word[:_FAR]}"


def _plainest(text: str) -> str:
    plain = unicodedata.normalize("NFKC", text).casefold().replace("ü", "v")
    return "".join(character for character in plain if character.isalnum())


def _sounds(text: str, *, person: bool) -> list[str]:
    """Syllables without tones; Latin words and numbers stay whole."""
    from pypinyin import Style, lazy_pinyin

    plain = unicodedata.normalize("NFKC", text).strip()
    surname = _surname(plain) if person else ""
    syllables = [part[:-1] for part in _SURNAMES[surname].split()] if surname else []
    syllables += lazy_pinyin(plain[len(surname) :], style=Style.NORMAL, errors="default")
    words = (_plainest(word) for syllable in syllables for word in syllable.split())
    return [word for word in words if word]
