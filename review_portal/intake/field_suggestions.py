"""What a form says only in running text: consortium, service goals, district. All of it is a suggestion.

Nothing here decides: a person confirms what was recognised.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from review_portal.domain.records import ConsortiumUnit
from review_portal.domain.text_count import fold
from review_portal.intake.field_values import count
from scoring_rubrics import District, ServiceGoal

_SENTENCE = re.compile(r"[^。；;！!？?\n]+")
_ALONE = re.compile(
    r"(?:独立|单独|自行|单一主体)\s*(?:申报|承担)|(?:未|不|没有|无)\s*(?:组建|组成|设立|涉及|采用)?\s*联合体|非联合体"
)
_COMPOSITION = re.compile(
    r"组成|组建|构成|(?:联合|共同)\s*申报|(?:成员|参与|参加|联合)\s*(?:单位)?\s*(?:包括|分别|为|有|是|[:：])"
    r"|牵头.{0,60}(?:联合|参与|参加|共同)"
)
# A unit founded by others is no consortium: the sentence has to speak of the application.
_OF_APPLICATION = re.compile(r"联合体|申报|牵头单位|(?:成员|参与|参加|联合)单位|项目|任务")
_LEAD = re.compile(r"牵头")
_ORGANISATION = re.compile(
    r"(?:公司|集团|研究院|研究所|设计院|规划院|科学院|研究中心|中心|大学|学院|学校|协会|学会|商会|联合会|促进会"
    r"|事务所|银行|分行|支行|基金会|联盟|合作社|测试所|监测站|服务站|检测站|工厂|厂|所|院|局)"
)
_NOT_NAMES = re.compile(
    r"^(?:本|该|各|我|其|两|三|四|五|多|上述|以上|所有)?(?:单位|公司|中心|企业|机构|院|集团)$"
)
_LEADING = re.compile(
    r"^(?:本次|此次|本|该|申报单位|申报主体|申报|项目|平台|单位|联合体|成员单位|成员|牵头单位|参与单位|合作单位|牵头"
    r"|由|为|是|系|有|与|和|同|及|以及|并|包括|包含|分别|联合(?=重庆|四川|中国|北京|上海|示例)|联合(?=[^\s]{6})|共同|其他|其余"
    r"|参与|参加|另外|协同|会同|携手|共|[:：]|\d+家?|[一二两三四五六七八九十]+家)+"
)
_STATED = re.compile(
    r"(?:共|由|等|计)?\s*([一二两三四五六七八九十]+|\d+)\s*家\s*(?:法人|独立|企业|单位|公司|机构|成员)*\s*"
    r"(?:共同|联合)?\s*(?:组成|组建|构成|联合|共同)"
)
# Said anywhere in a phrase, these words exclude the goal that it names, or one named just before it.
_EXCLUDED = re.compile(
    r"(?:暂不|暂未|不再|不予|不|未)\s*(?:作为|纳入|列入|计入|承诺|申报|选取)|除外"
    r"|(?:不在|不属于).{0,12}(?:目标|范围|承诺|申报|之列|之内)|不是.{0,6}目标|暂缓|放弃"
)
_EXCEPT = re.compile(r"\s*除.{2,40}外$")  # 除甲外，乙…… leaves 甲 out; 除甲外，还有乙 does not
_BESIDES = re.compile(r"\s*(?:还|也|另|同时|并)")
# These exclude only a goal that follows them: 不含光伏 behind a goal's name speaks of something else.
_EXCLUDING = re.compile(r"(?:暂不|暂未|不再|不予|不|未)\s*(?:包括|包含|含|涉及|选择|设置|承担|开展|参与)")
_AFFIRMED = re.compile(r"达到|实现|完成|承诺|选择|选定|包括|开展")
_ALL_GOALS = re.compile(
    r"(?:全部|所有)\s*(?:的)?\s*(?:([一二三四五六七八九十\d]+)\s*[种项个类]\s*(?:服务)?|服务)目标"
)
_OF_GOALS = re.compile(r"服务目标|[种类]目标")
_NUMBERED = re.compile(
    r"[（(]([一二三四五六七八九十]|\d{1,2})[）)]|第([一二三四五六七八九十]|\d{1,2})[种项类、，]"
)


@dataclass(frozen=True, slots=True)
class Consortium:
    """Units recognised, the number that the text states, and the sentence they come from."""

    units: tuple[ConsortiumUnit, ...]
    stated: int | None
    sentence: str


@dataclass(frozen=True, slots=True)
class Goals:
    """Numbers of the goals committed to and of those excluded, and the sentences they come from."""

    committed: tuple[int, ...]
    excluded: tuple[int, ...]
    sentence: str


def recognise_consortium(applicant: str | None, texts: Iterable[str], listed: str = "") -> Consortium:
    """Units of the applicant; `texts` in falling order of trust, `listed` a form's own field for members.

    The applicant is the lead unless the text calls another unit the lead.
    """
    names: list[tuple[str, bool]] = [(name, False) for name in _names(listed, applicant)]
    stated: int | None = None
    source = listed.strip()
    for text in texts:
        if names or _ALONE.search(text):
            break
        for sentence in _SENTENCE.findall(text):
            if not (_COMPOSITION.search(sentence) and _OF_APPLICATION.search(sentence)):
                continue
            found = _named_units(sentence, applicant)
            number = _STATED.search(sentence)
            if number and stated is None:
                stated = count(number.group(1))
            names += [unit for unit in found if unit[0] not in {name for name, _ in names}]
            source = source or (sentence.strip() if found else "")
    return Consortium(_roles(applicant, names), stated, source)


def _roles(applicant: str | None, names: list[tuple[str, bool]]) -> tuple[ConsortiumUnit, ...]:
    leads = [name for name, leads in names if leads]
    own = [applicant] if applicant else []
    if not leads:
        leads = own
    ordered = [*own, *(name for name, _ in names if name != applicant)]
    return tuple(ConsortiumUnit(name, "lead" if name in leads else "member") for name in ordered)


def _named_units(sentence: str, applicant: str | None) -> list[tuple[str, bool]]:
    """(name, called the lead) of the organisations that a sentence lists."""
    found: list[tuple[str, bool]] = []
    marked = re.sub(r"[（(]([^（()）]*)[）)]", _keep_lead_note, sentence)
    for piece in re.split(r"[、，,：:]|(?<=[司院所心学会行团〕])(?:和|与|及|以及|同|联合)", marked):
        leads = "〔牵头〕" in piece or bool(
            re.search(r"牵头(?:单位)?(?:为|是|：)|作为牵头|(?:公司|院|中心|所)牵头", piece)
        )
        name = _name(piece.replace("〔牵头〕", ""))
        if name is None:
            continue
        if applicant and fold(applicant) in fold(name):
            name = applicant
        if name not in {known for known, _ in found}:
            found.append((name, leads))
    return found if len(found) > 1 or any(name != applicant for name, _ in found) else []


def _keep_lead_note(bracket: re.Match[str]) -> str:
    """Brackets go, unless they belong to the name or call the unit the lead."""
    inside = bracket.group(1)
    if _LEAD.search(inside):
        return "〔牵头〕"
    return "" if re.search(r"成员|单位|以下|简称|下称|参与", inside) else bracket.group(0)


def _name(piece: str) -> str | None:
    ends = list(_ORGANISATION.finditer(piece))
    if not ends:
        return None
    name = piece[: ends[-1].end()].strip()
    if name.count("由") == 1 and len(name.split("由")[1]) >= 6:
        name = name.split("由")[1]
    name = _LEADING.sub("", name).strip()
    return name if len(name) >= 6 and not _NOT_NAMES.match(name) else None


def _names(listed: str, applicant: str | None) -> list[str]:
    if not listed.strip() or fold(listed) in ("无", "/", "-", "—"):
        return []
    pieces = re.split(r"[、，,；;\n]", re.sub(r"^\d+[.、]", "", listed, flags=re.MULTILINE))
    names = (_name(piece) or "" for piece in pieces)
    return [name for name in names if name and name != applicant]


def recognise_goals(texts: Iterable[str], goals: Sequence[ServiceGoal]) -> Goals:
    """Goals that the first text speaking of any commits to; a mention in a negated sentence excludes.

    An exclusion in one sentence prevails over a mention in another.
    """
    for text in texts:
        committed: set[int] = set()
        excluded: set[int] = set()
        sources: list[str] = []
        for sentence in _SENTENCE.findall(text):
            yes, no = _goals_of(sentence, goals)
            committed |= yes
            excluded |= no
            if yes or no:
                sources.append(sentence.strip())
        if committed - excluded:
            return Goals(tuple(sorted(committed - excluded)), tuple(sorted(excluded)), "；".join(sources))
    return Goals((), (), "")


def _goals_of(sentence: str, goals: Sequence[ServiceGoal]) -> tuple[set[int], set[int]]:
    parts = re.split(r"[，,]", sentence)
    mentions = [_mentioned(part, goals) for part in parts]
    committed = set().union(*mentions)
    excluded: set[int] = set()
    for at, part in enumerate(parts):
        besides = at + 1 < len(parts) and _BESIDES.match(parts[at + 1])
        if _EXCLUDED.search(part) or (_EXCEPT.match(part) and not besides):
            excluded |= set(mentions[at]) or _nearest_before(parts, mentions, at)
        negated = _EXCLUDING.search(fold(part))
        if negated:
            excluded |= {number for number, start in mentions[at].items() if start >= negated.end()}
    if not committed and _OF_GOALS.search(sentence):
        numbered = _by_number(sentence, goals)
        negative = _EXCLUDED.search(sentence) or _EXCLUDING.search(sentence)
        return (set(), numbered) if negative else (numbered, set())
    return committed - excluded, excluded


def _nearest_before(parts: list[str], mentions: list[dict[int, int]], at: int) -> set[int]:
    """What a negation without a goal of its own speaks of: the mentions before it, back to an affirmation."""
    found: set[int] = set()
    for earlier in range(at - 1, -1, -1):
        if found and _AFFIRMED.search(parts[earlier]):
            break
        found |= set(mentions[earlier])
        if _AFFIRMED.search(parts[earlier]):
            break
    return found


def _mentioned(part: str, goals: Sequence[ServiceGoal]) -> dict[int, int]:
    """The goals that a phrase names, with the place of the name in the folded phrase."""
    folded = fold(part)
    places = {
        goal.number: [folded.find(fold(word)) for word in (goal.name, *goal.patterns)] for goal in goals
    }
    return {number: max(found) for number, found in places.items() if max(found) >= 0}


def _by_number(sentence: str, goals: Sequence[ServiceGoal]) -> set[int]:
    """Goals given as （一）（二） or as 全部六种, in a sentence that speaks of goals."""
    everything = _ALL_GOALS.search(sentence)
    if everything and (everything.group(1) is None or count(everything.group(1)) == len(goals)):
        return {goal.number for goal in goals}
    numbers = {count(first or second) for first, second in _NUMBERED.findall(sentence)}
    return {goal.number for goal in goals if goal.number in numbers} if len(numbers) > 1 else set()


def recognise_district(texts: Iterable[str | None], districts: Sequence[District]) -> str | None:
    """The call's district that the first telling text names, by its full name, else by a shorter one."""
    for text in texts:
        folded = fold(text or "")
        full = [district for district in districts if fold(district.name) in folded]
        if full:
            return max(full, key=lambda district: len(district.name)).name
        short = [
            (folded.index(fold(word)), -len(word), district.name)
            for district in districts
            for word in _short_names(district)
            if fold(word) in folded
        ]
        if short:
            return min(short)[2]
    return None


def _short_names(district: District) -> tuple[str, ...]:
    short = re.sub(r"(?:[^区县]族)*自治县$|[区县]$", "", district.name)
    return (*district.aliases, *((short,) if len(short) >= 2 else ()))
