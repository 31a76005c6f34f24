"""The looks of the cells of a workbook for scoring offline."""

from __future__ import annotations

from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook

from scoring_rubrics import Rubric

_INPUT = "#FFFBE6"
_GREY = "#595959"


class Styles:
    """The cell formats of one workbook; what may be filled in is unlocked and tinted."""

    def __init__(self, workbook: Workbook, rubric: Rubric) -> None:
        def made(**look: object) -> Format:
            return workbook.add_format({"font_name": "宋体", "font_size": 10, "valign": "vcenter", **look})

        def cell(**look: object) -> Format:
            return made(border=1, border_color="#8C8C8C", **look)

        exponent = rubric.step.normalize().as_tuple().exponent
        places = max(1, -exponent if isinstance(exponent, int) else 1)
        figures = f"0.{'0' * places}"
        free = {"locked": False, "bg_color": _INPUT}
        self.title = made(font_name="方正小标宋简体", font_size=16, align="center", text_wrap=True)
        self.subtitle = made(font_name="黑体", font_size=13, align="center", text_wrap=True)
        self.section = made(font_name="黑体", font_size=12, valign="bottom")
        self.paragraph = made(font_size=11, text_wrap=True, valign="top")
        self.fact = made(font_size=11, text_wrap=True)
        self.label = cell(font_name="黑体", bg_color="#E7EDF5", indent=1)
        self.value = cell(text_wrap=True, indent=1)
        self.head = cell(font_name="黑体", bg_color="#E7EDF5", align="center", text_wrap=True)
        self.text = cell(text_wrap=True, indent=1)
        self.small = cell(text_wrap=True, font_size=9, indent=1)
        self.centre = cell(align="center", text_wrap=True)
        self.points = cell(align="right", num_format=figures, indent=1)
        self.right = made(align="right", font_color=_GREY, valign="bottom")
        self.total = cell(align="center", num_format=figures, bold=True)
        self.link = cell(font_color="#1F5FA8", underline=1, indent=1)
        self.level = cell(**free, align="center")
        self.given = cell(**free, align="center", num_format=figures, font_size=12)
        self.reason = cell(**free, text_wrap=True, num_format="@", indent=1)
        self.hint = made(font_color="#9A5B00", text_wrap=True)
        self.ready = made(font_color=_GREY, bold=True, text_wrap=True)
        self.mark = made(font_color="#FFFFFF", font_size=8)
        self.sign = made(font_size=11, align="right", valign="bottom")
