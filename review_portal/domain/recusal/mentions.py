"""The other direction: where a dossier's own text names the expert or the expert's employer."""

import re
import unicodedata
from collections.abc import Iterator

from review_portal.domain.messages import mark as _
from review_portal.domain.recusal.facts import DossierFacts, ExpertFacts, Found
from review_portal.domain.recusal.names import match, office_key, person
from review_portal.domain.recusal.ties import RETIRED

_SHORTEST_NAME, _SHORTEST_EMPLOYER = 2, 4
_AROUND = 18  # characters shown on either side
# A name of two characters is part of many words; it is a name where it stands alone or beside a title.
_TITLES = (
    "教授|研究员|工程师|院士|博士|硕士|先生|女士|老师|主任|所长|院长|处长|专家|经理|总监|会计师|经济师"
    "|同志|等"
)
_LEADS_IN = "人员授家士任理师长由请、和及与"  # last characters of 负责人, 教授, 聘请 …, and what joins names
_CONTROL = re.compile(r"控股|参股|持股|股东|股权|实际控制|全资|出资|子公司|母公司|隶属|下属|主管单位|举办")
_COOPERATION = re.compile(
    r"合作|联合|共建|共同|委托|协议|签订|课题|项目组|技术支撑|技术支持|顾问|聘|产学研|合同|采购"
)
_SENTENCE = re.compile(r"[^。；;\n]+")


def of_record(expert: ExpertFacts, dossier: DossierFacts) -> Iterator[Found]:
    """Passages that name the expert, or the employer beside words of control or cooperation."""
    yield from _named(expert, dossier)
    yield from _employer_named(expert, dossier)


def _named(expert: ExpertFacts, dossier: DossierFacts) -> Iterator[Found]:
    name = person(expert.name)
    if len(name) < _SHORTEST_NAME or name not in dossier.record.whole:
        return
    if any(person(unit.legal_representative or "") == name for unit in dossier.units):
        return  # a ground of its own
    written = r"\s?".join(map(re.escape, name))
    alone = re.compile(
        rf"(?:(?<![\u4e00-\u9fff\w])|(?<=[{_LEADS_IN}])){written}"
        rf"(?=$|[^\u4e00-\u9fff\w]|{_TITLES}|[、和及与])",
        re.IGNORECASE,
    )
    for place, text in dossier.record.passages:
        found = alone.search(text)
        if found:
            reason = _("申报材料%(place)s出现与专家同名的“%(name)s”，须核实", place=place, name=expert.name)
            yield Found("record", "record", False, reason, _excerpt(place, text, found.start(), found.end()))
            return


def _employer_named(expert: ExpertFacts, dossier: DossierFacts) -> Iterator[Found]:
    retired = RETIRED.search(expert.employer)
    written = retired["former"] if retired else expert.employer
    if any(match(written, unit) for unit in dossier.units):
        return  # the employer is a unit itself, or may be: a ground of its own
    if office_key(written) == office_key(dossier.recommender or ""):
        return
    key = _folded(written)
    if len(key) < _SHORTEST_EMPLOYER or key not in _folded(dossier.record.whole):
        return
    mentioned: Found | None = None
    for place, text in dossier.record.passages:
        for sentence in _SENTENCE.findall(text):
            folded = _folded(sentence)
            if key in folded:
                mentioned = mentioned or _only_mentioned(expert, place, folded, key)
                around = folded.replace(key, "")
                if _CONTROL.search(around) or _COOPERATION.search(around):
                    yield _tied(expert, place, folded, key, control=bool(_CONTROL.search(around)))
                    return
    if mentioned is not None:
        yield mentioned


def _tied(expert: ExpertFacts, place: str, text: str, key: str, *, control: bool) -> Found:
    words = {"place": place, "employer": expert.employer}
    if control:
        reason = _("申报材料%(place)s提到与专家工作单位“%(employer)s”的控制关系，须核实", **words)
    else:
        reason = _("申报材料%(place)s提到与专家工作单位“%(employer)s”合作，须核实", **words)
    at = text.index(key)
    return Found("record", "record", False, reason, _excerpt(place, text, at, at + len(key)))


def _only_mentioned(expert: ExpertFacts, place: str, text: str, key: str) -> Found:
    words = {"place": place, "employer": expert.employer}
    reason = _("申报材料%(place)s提到专家工作单位“%(employer)s”，未见合作或控制关系", **words)
    at = text.index(key)
    return Found("record", "record", False, reason, _excerpt(place, text, at, at + len(key)), past=reason)


def _folded(text: str) -> str:
    text = re.sub(r"[^\S\n]", "", unicodedata.normalize("NFKC", text)).casefold()
    return text.replace("有限责任公司", "有限公司").replace("重庆市", "重庆")


def _excerpt(place: str, text: str, start: int, end: int) -> str:
    left, right = max(0, start - _AROUND), end + _AROUND
    return f"{place}：{'…' if left else ''}{text[left:right].strip()}{'…' if right < len(text) else ''}"
