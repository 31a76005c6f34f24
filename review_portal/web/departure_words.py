"""The frozen rule on an expert who leaves, as pages say it."""

from __future__ import annotations

from flask_babel import gettext as _


def rule_sentence(rule: str) -> str:
    """What the rule does to the sheets."""
    if rule == "void_all":
        return _("按本轮冻结的规则，该专家的评分表全部作废。")
    return _("按本轮冻结的规则，已提交的评分表保留有效，未完成的作废。")
