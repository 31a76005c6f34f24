"""Where a form's values stand: the document in its order, and the address of every value in it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from review_portal.domain.records import (
    BodySection,
    Confidence,
    DocumentBlock,
    DocumentCell,
    KpiRow,
    Source,
)
from review_portal.domain.text_count import fold
from review_portal.intake.docx_body import ProofList
from review_portal.intake.docx_tables import Block, Line, Table
from review_portal.intake.field_lookup import FoundText

_PARTS = {
    "unit": "申报表",
    "kpi": "指标表",
    "body": "申报书正文",
    "proofs": "证明材料",
    "commitment": "承诺书",
}


@dataclass(slots=True)
class Sources:
    """Collects where values were found while a form is read."""

    found: dict[str, Source] = field(default_factory=dict)

    def note(self, path: str, text: FoundText | None, confidence: Confidence = "read") -> str:
        """The text found for a path, noted as its source; an empty string when there is none."""
        if text is None:
            return ""
        self.found[path] = Source(text.place, text.text, confidence, text.at)
        return text.text

    def at(self, path: str) -> str:
        """The address of a path's source, "" when it has none."""
        return self.found[path].at if path in self.found else ""


def document_of(blocks: Iterable[Block]) -> tuple[DocumentBlock, ...]:
    """The whole file in its order, for reading."""
    return tuple(
        DocumentBlock(block.at, block.text, ())
        if isinstance(block, Line)
        else DocumentBlock(
            block.at,
            "",
            tuple(DocumentCell(c.row, c.column, c.height, c.width, c.text) for c in block.cells),
        )
        for block in blocks
        if isinstance(block, Table) or block.text.strip()
    )


def note_parts(
    kpi: tuple[KpiRow, ...],
    body: tuple[BodySection, ...],
    proofs: tuple[ProofList, ...],
    heads: Mapping[str, Line],
    sources: Sources,
) -> None:
    """Note where indicators, sections, proofs and the parts themselves stand."""
    for row in kpi:
        if row.index is not None:
            text = " ".join((*row.raw_stages, row.raw_total))
            sources.found[f"kpi.{row.index}"] = Source(row.place, text, at=row.at)
    for section in body:
        sources.found[f"body.{section.key}"] = Source(f"正文 {section.title}", section.text, at=section.at)
    for number, proof in enumerate(proofs, 1):
        text = "；".join(proof.titles)
        sources.found[f"proofs.{number}"] = Source(f"证明材料 第{number}类", text, at=proof.at)
    for path, head in heads.items():
        name = _PARTS.get(path, f"正文 {head.text}")
        sources.found.setdefault(path, Source(name, "", at=head.at))


def note_recognised(document: Sequence[DocumentBlock], sources: Sources) -> None:
    """Where running text was read from: the first block that holds the first recognised sentence."""
    for path in ("goals", "consortium"):
        source = sources.found.get(path)
        if source is None or source.at:
            continue
        first = fold(source.text.split("；")[0])
        passages = (passage for block in document for passage in block.passages())
        at = next((at for at, _place, text in passages if first in fold(text)), "")
        sources.found[path] = replace(source, at=at)
