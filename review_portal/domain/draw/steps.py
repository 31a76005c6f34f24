"""The acts of a draw in their order: both commit, the public value is fixed, both reveal or one refuses.

Each act returns the draw with the act added. What was done once is never done again: a second attempt is a
Conflict, whatever it brings.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Literal, TypeAlias, TypeVar

from review_portal.domain.draw import protocol
from review_portal.domain.draw.pool import Frozen, in_canonical_form, refuse
from review_portal.domain.draw.public_value import PublicSource, read_value
from review_portal.domain.errors import Conflict, PortalError
from review_portal.domain.messages import Message, mark

Party = Literal["organiser", "supervisor"]
Source = Literal["named", "fallback"]
PARTIES: Final[tuple[Party, Party]] = ("organiser", "supervisor")
PARTY_NAMES: Final = {"organiser": mark("组织方"), "supervisor": mark("监督方")}


@dataclass(frozen=True, slots=True)
class Commitment:
    """A party's code over nonce and words, published before the public value exists."""

    party: Party
    code: str
    at: datetime


@dataclass(frozen=True, slots=True)
class PublicValue:
    """The public value in its written form; a reason is given where the published fallback was used."""

    value: str
    at: datetime
    source: Source = "named"
    fallback_reason: str = ""


@dataclass(frozen=True, slots=True)
class Reveal:
    """What a party had committed to: 32 random bytes as hex, and the words or figures it chose itself."""

    party: Party
    nonce: str
    words: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Refusal:
    """A party that did not reveal, and why."""

    party: Party
    refusal: str
    at: datetime


Opening: TypeAlias = Reveal | Refusal
Act = TypeVar("Act", Commitment, Opening)


@dataclass(frozen=True, slots=True)
class Draw:
    """A draw as far as it has come; commitments and openings stand in the order of PARTIES."""

    frozen: Frozen
    commitments: tuple[Commitment, ...] = ()
    public_value: PublicValue | None = None
    openings: tuple[Opening, ...] = ()

    @property
    def complete(self) -> bool:
        """Both parties have committed, and have revealed or refused: the result stands."""
        return all(tuple(act.party for act in acts) == PARTIES for acts in (self.commitments, self.openings))

    @property
    def void(self) -> bool:
        """Ended without a result, because a party refused and the published rule says so."""
        refused = any(isinstance(opening, Refusal) for opening in self.openings)
        return refused and self.frozen.rules.on_refusal == "void"


def commitment_code(frozen: Frozen, party: Party, nonce: str, words: str = "") -> str:
    """The code that a party hands over; nonce as by `protocol.nonce_text`."""
    return protocol.commitment_code(frozen.hash, frozen.codes.frozen, party, nonce, words)


def commit(draw: Draw, party: Party, code: str, at: datetime) -> Draw:
    """Take a party's commitment. Conflict: it has committed already, or the draw has moved on."""
    if any(given.party == party for given in draw.commitments):
        raise Conflict(mark("%(party)s已经提交密数校验码，一次抽取只能提交一次。", party=PARTY_NAMES[party]))
    given = (*draw.commitments, Commitment(party, code, at))
    return _checked(replace(draw, commitments=_by_party(given)))


def fix_public_value(draw: Draw, typed: str, at: datetime, *, fallback_reason: str = "") -> Draw:
    """Write down the public value as it was read aloud; with a reason, the one of the published fallback.

    Conflict: it stands already. Invalid: a party has not committed yet, or the value has another form.
    """
    if draw.public_value is not None:
        raise Conflict(mark("公开数已经记录，一次抽取只记录一次，不能更改。"))
    source: Source = "fallback" if fallback_reason else "named"
    value = read_value(_source(draw.frozen, source), typed)
    return _checked(replace(draw, public_value=PublicValue(value, at, source, fallback_reason)))


def reveal(draw: Draw, party: Party, nonce: str, words: str, at: datetime) -> Draw:
    """Open a party's commitment. Invalid: nonce and words are not what it committed to."""
    return _opened(draw, Reveal(party, protocol.nonce_text(nonce), words, at))


def refuse_to_reveal(draw: Draw, party: Party, reason: str, at: datetime) -> Draw:
    """Record that a party does not reveal; what follows is the published rule's to say."""
    return _opened(draw, Refusal(party, reason, at))


def _opened(draw: Draw, opening: Opening) -> Draw:
    if any(given.party == opening.party for given in draw.openings):
        raise Conflict(mark("%(party)s的密数已经处理，不能更改。", party=PARTY_NAMES[opening.party]))
    return _checked(replace(draw, openings=_by_party((*draw.openings, opening))))


def _by_party(acts: Iterable[Act]) -> tuple[Act, ...]:
    return tuple(sorted(acts, key=lambda act: PARTIES.index(act.party)))


def _source(frozen: Frozen, source: Source) -> PublicSource:
    return frozen.rules.public_source if source == "named" else frozen.rules.fallback


def _checked(draw: Draw) -> Draw:
    draw = replace(
        draw,
        commitments=tuple(map(in_canonical_form, draw.commitments)),
        public_value=in_canonical_form(draw.public_value) if draw.public_value else None,
        openings=tuple(map(in_canonical_form, draw.openings)),
    )
    refuse(draw_faults(draw))
    return draw


def draw_faults(draw: Draw) -> Iterator[Message]:
    """Everything in the acts so far that the protocol does not allow."""
    yield from _commitment_faults(draw)
    if draw.public_value is not None:
        yield from _value_faults(draw, draw.public_value)
    yield from _opening_faults(draw)


def _commitment_faults(draw: Draw) -> Iterator[Message]:
    parties = [given.party for given in draw.commitments]
    if parties != [party for party in PARTIES if party in parties]:
        yield mark("双方的密数校验码须各有一个，组织方在前。")
    for given in draw.commitments:
        if not protocol.CODE.fullmatch(given.code):
            yield mark("%(party)s的密数校验码须为64位的0—9、a—f，请核对。", party=PARTY_NAMES[given.party])
        if given.at < draw.frozen.event.frozen_at:
            yield mark(
                "%(party)s提交密数校验码的时间早于锁定名单的时间，请核对。", party=PARTY_NAMES[given.party]
            )


def _value_faults(draw: Draw, value: PublicValue) -> Iterator[Message]:
    if len(draw.commitments) < len(PARTIES):
        yield mark("双方都提交密数校验码以后，才能产生公开数。")
    if any(value.at < given.at for given in draw.commitments):
        yield mark("公开数产生的时间早于密数校验码提交的时间，请核对。")
    if (value.source == "fallback") != bool(value.fallback_reason):
        yield mark("改用备用来源须写明原因；没有改用的，不写原因。")
    try:
        if read_value(_source(draw.frozen, value.source), value.value) != value.value:
            yield mark("公开数的写法不规范，请按“数 空格 数”书写。")
    except PortalError as problem:
        yield problem.message


def _opening_faults(draw: Draw) -> Iterator[Message]:
    value, codes = draw.public_value, {given.party: given.code for given in draw.commitments}
    parties = [opening.party for opening in draw.openings]
    if parties != [party for party in PARTIES if party in parties]:
        yield mark("双方的密数须各处理一次，组织方在前。")
    if parties and value is None:
        yield mark("公开数产生以后，才能公开密数。")
    for opening in draw.openings:
        name = PARTY_NAMES[opening.party]
        if value is not None and opening.at < value.at:
            yield mark("%(party)s公开密数的时间早于公开数产生的时间，请核对。", party=name)
        if isinstance(opening, Refusal):
            if not opening.refusal:
                yield mark("%(party)s没有公开密数的，须写明情况。", party=name)
        elif not protocol.CODE.fullmatch(opening.nonce):
            yield mark("%(party)s的密数不是64位的0—9、a—f。", party=name)
        elif commitment_code(draw.frozen, opening.party, opening.nonce, opening.words) != codes.get(
            opening.party
        ):
            yield mark(
                "%(party)s公开的密数与先前提交的校验码不符，请核对是否抄错；确实不能公开的，按拒绝公开登记。",
                party=name,
            )
