"""What of the form is there: the marks that tell it from other papers, its parts, prompts left in it."""

from collections.abc import Iterable, Sequence

from review_portal.domain.errors import Invalid
from review_portal.domain.messages import mark as _
from review_portal.domain.text_count import fold
from review_portal.intake.docx_tables import Block, Line
from review_portal.intake.recommendation_summary import is_recommendation
from scoring_rubrics import Call

UNIT_FIELDS_MIN = 3  # labels that a table must show before it counts as (part of) the unit table
_UNIT_FIELDS_TELLING = 6  # labels that no other paper shows together
_MARKS_MIN = 2  # marks of the form (title, unit table, indicators, body) that a file must show


def refuse_other_documents(blocks: Sequence[Block], found: tuple[int, int, int], call: Call) -> None:
    """Refuse what is no form; `found` counts unit fields, indicators and body sections.

    A form shows two of its three parts, or its title and one of them, or a unit table that is filled in far
    enough to be nothing else: a single heading or an address with a phone number stands in other papers too.
    """
    fields, indicators, sections = found
    parts = (fields >= UNIT_FIELDS_MIN) + (indicators > 0) + (sections > 0)
    titles = (fold(call.form.title), fold(call.form.unit_title))
    titled = any(isinstance(block, Line) and fold(block.text).endswith(titles) for block in blocks)
    if (parts and parts + titled >= _MARKS_MIN) or fields >= _UNIT_FIELDS_TELLING:
        return
    if is_recommendation(blocks, call.form.summary_title):
        raise Invalid(_("这是推荐汇总表（附件1），不是申报书（附件2）。请在“推荐汇总表”页面登记。"))
    raise Invalid(
        _("未找到申报表、指标表和正文，文件可能不是申报书。请核对后上传按附件格式填写的申报书（.docx）。")
    )


def hints_left(blocks: Iterable[Block], hints: Iterable[str]) -> tuple[str, ...]:
    """The prompts of the blank form that were not removed."""
    lines = [
        fold(text)
        for block in blocks
        for text in (
            (block.text,) if isinstance(block, Line) else (line for c in block.cells for line in c.lines)
        )
    ]
    whole = {line.rstrip("。.") for line in lines}
    left = []
    for hint in hints:
        folded = fold(hint).rstrip("。.")
        short = len(folded) <= 12 and hint.endswith("。")
        if folded in whole or (not short and any(folded in line for line in lines)):
            left.append(hint)
    return tuple(left)
