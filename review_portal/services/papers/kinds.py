"""What a paper is: its kind, the one sheet of that kind, and where both come from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

from sqlalchemy.orm import Session

from review_portal.domain.messages import Message, mark
from review_portal.domain.policy import Viewer
from review_portal.models.calls import Call
from scoring_rubrics import Call as Rules

Keep = Literal["永久", "30年", "10年"]

# in 件 order: the order of the call's own steps
GROUPS: Final[Mapping[str, Message]] = {
    "intake": mark("收件与形式审查"),
    "experts": mark("专家抽取与回避"),
    "review": mark("专家评审"),
    "defense": mark("现场答辩"),
    "result": mark("排名与审定"),
    "publicity": mark("公示与公布"),
    "supervision": mark("监督"),
}


@dataclass(frozen=True, slots=True)
class Kind:
    """`signers` sign by hand on paper; with none there is no original to wait for.

    `keep` is how long the archive keeps it, `suffix` the file's ending. Which step waits for which originals
    is the call's rule, `[signatures]`. `fills`: a Word file that can leave facts to the office (【待填】),
    filled in on its page before it is signed; letters and notices have forms of their own for that.

    A fact left open holds a paper back where it would leave the office: registered as printed for signing
    (`services.signatures`), made as an edition for signing (评审报告), issued (notices of correction and of
    rejection, letters on objections and results) or asked to be published (公示, 公布名单的通知). What is
    only downloaded or archived before says 待填 in its name (`catalogue.make`).
    """

    key: str
    title: str
    group: str
    keep: Keep
    signers: tuple[str, ...] = ()
    suffix: str = "docx"
    fills: bool = False


@dataclass(frozen=True, slots=True)
class Paper:
    """One paper that can be made now.

    `of`: public id of what it is about; `name`: the file's name without ending; `dated`: the day it speaks
    of, None while open; `signers`: who signs this one, where not as its kind says.
    """

    kind: Kind
    of: str
    name: str
    dated: date | None
    edition: int = 1
    number: str = ""
    signers: tuple[str, ...] | None = None
    draft: bool = False  # still to be made: not to be signed, and waited for all the same

    @property
    def key(self) -> tuple[str, str, int]:
        """What tells this paper from every other of its call."""
        return self.kind.key, self.of, self.edition

    @property
    def signed_by(self) -> tuple[str, ...]:
        """Who signs it by hand."""
        return self.kind.signers if self.signers is None else self.signers


@dataclass(frozen=True, slots=True)
class Source:
    """A kind with its papers and their content.

    `find(session, viewer, call, rules)`: those that may exist now for this viewer, with points only where a
    round has ended reconciliation. `make(viewer, paper)`: the bytes, the same for the same data.
    """

    kind: Kind
    find: Callable[[Session, Viewer, Call, Rules], Iterable[Paper]]
    make: Callable[[Viewer, Call, Paper], bytes]
