"""A running call's rules: read from the files as they were filed, not from the folder of today."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from flask import current_app
from sqlalchemy.orm import Session

from review_portal.db import db, now
from review_portal.domain import canonical
from review_portal.domain.errors import Invalid
from review_portal.domain.messages import mark
from review_portal.models.calls import Call, Round, RuleSet
from scoring_rubrics import Call as Rules
from scoring_rubrics import RubricFault, load_call, parse_call


def folders() -> tuple[str, ...]:
    """Names of the rubric folders that the office has laid down."""
    root: Path = current_app.extensions["settings"].rubrics
    return tuple(sorted(place.parent.name for place in root.glob("*/call.toml")))


def file_rules(session: Session, folder: str) -> tuple[RuleSet, Rules]:
    """Read a folder and keep its files. Raises `Invalid` naming file, key and reason."""
    if folder not in folders():
        raise Invalid(mark("没有名为“%(folder)s”的规则文件夹，请从列表中选择。", folder=folder))
    try:
        rules = load_call(current_app.extensions["settings"].rubrics / folder)
    except RubricFault as fault:
        raise Invalid(mark("规则文件有误，批次未建立：%(fault)s", fault=str(fault))) from fault
    row = session.scalars(sa.select(RuleSet).where(RuleSet.digest == rules.digest)).first()
    if row is None:
        files = {name: data.decode() for name, data in rules.files.items()}
        row = RuleSet(digest=rules.digest, slug=rules.slug, files=files, stored_at=now())
        session.add(row)
        session.flush()
    return row, rules


def rules_of(call: Call) -> Rules:
    """The parsed rules of a call; parsed once per application and set of files."""
    parsed: dict[int, Rules] = current_app.extensions.setdefault("parsed_rules", {})
    if call.rule_set_id not in parsed:  # rule sets are append-only: an id never means other files
        row = db.session.scalars(sa.select(RuleSet).where(RuleSet.id == call.rule_set_id)).one()
        files = {name: text.encode() for name, text in row.files.items()}
        parsed[call.rule_set_id] = parse_call(files, row.slug)
    return parsed[call.rule_set_id]


def round_name(rules: Rules, round_: Round) -> str:
    """The stage's name, with its panel's where it has several; a round that scores anew is told apart."""
    name = rules.round_name(round_.stage, round_.panel)
    return name if round_.reexamination_id is None else f"{name}（重新评审）"


def scheme_digest(rules: Rules) -> str:
    """Digest of what the 评审工作方案 approves: the rules and every assumed value."""
    assumed = [[value.key, value.label, str(value.value)] for value in rules.assumed]
    return canonical.digest({"rules": rules.digest, "assumed": assumed, "rule": rules.rule.canonical()})
