"""Reads the applicants' form (附件2, .docx) into an `ApplicationForm`, every value with its source.

Labels, headings and table structure lead, never positions: applicants move, merge and split the form.
"""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from review_portal.domain.formal_check_codes import code_is_valid
from review_portal.domain.records import (
    ApplicationForm,
    BodySection,
    Commitment,
    Confidence,
    ConsortiumUnit,
    Contact,
    Cover,
    KpiRow,
    Platform,
    Source,
    Unit,
)
from review_portal.domain.text_count import is_not_committed
from review_portal.intake import field_values
from review_portal.intake.docx_body import Parts, read_proofs, read_sections, split_parts
from review_portal.intake.docx_indicators import read_indicators
from review_portal.intake.docx_tables import Block, Line, Table, read_blocks
from review_portal.intake.field_lookup import (
    COMMITMENT_LABELS,
    COVER_LABELS,
    UNIT_LABELS,
    Lookup,
    without_hints,
    without_seals,
)
from review_portal.intake.field_suggestions import (
    recognise_consortium,
    recognise_district,
    recognise_goals,
)
from review_portal.intake.form_marks import UNIT_FIELDS_MIN, hints_left, refuse_other_documents
from review_portal.intake.form_sources import Sources, document_of, note_parts, note_recognised
from scoring_rubrics import Call

OWNERSHIP = (
    ("国有企业", "国有控股", "国有"),
    ("民营企业", "民营", "私营企业"),
    ("外资企业", "外商投资企业", "外资"),
    ("事业单位",),
    ("其他（请注明）", "其他(请注明)", "其他", "其它"),
)
_LISTED = (("否", "未上市", "非上市", "不是"), ("是", "已上市"))


def read_application_form(data: bytes, call: Call) -> ApplicationForm:
    """The form as a record. Raises `Invalid` when the file is no readable .docx or no such form."""
    blocks = read_blocks(data)
    tables = [block for block in blocks if isinstance(block, Table)]
    kpi, kpi_tables = read_indicators(tables, call)
    unit_tables = _unit_tables(tables, call)
    parts = split_parts(blocks, call.form, kpi_tables | unit_tables)
    sources = Sources()
    unit_lookup = _unit_lookup(blocks, unit_tables, call)
    unit = _unit(unit_lookup, sources, call)
    cover, cover_there = _cover(blocks, unit_tables | kpi_tables, sources, call)
    platform = _platform(unit_lookup, sources, call)
    body, chapters = read_sections(parts.body or (), call.form)
    refuse_other_documents(blocks, (unit_lookup.own_fields, len(kpi), len(body)), call)
    proofs = read_proofs(parts.proofs or (), call.form)
    commitment = _commitment(parts, sources)
    consortium, stated = _consortium(unit, cover, platform, body, unit_lookup, sources)
    goals, excluded = _goals(platform, body, sources, call)
    note_parts(
        kpi, body, proofs, parts.heads | {f"body.{key}": line for key, line in chapters.items()}, sources
    )
    document = document_of(blocks)
    note_recognised(document, sources)
    return ApplicationForm(
        cover=cover,
        unit=unit,
        platform=platform,
        district=_district(cover, unit, sources, call),
        consortium=consortium,
        consortium_stated=stated,
        goals=goals,
        goals_excluded=excluded,
        kpi=kpi,
        body=body,
        proofs=tuple(proof.titles for proof in proofs),
        commitment=commitment,
        parts=_parts_present(cover_there, unit_lookup, kpi, body, parts),
        hints_left=hints_left(blocks, call.form.hints),
        sources=sources.found,
        document=document,
    )


def _labels(call: Call) -> dict[str, tuple[str, ...]]:
    form = call.form
    return UNIT_LABELS | {
        "unit.intro": (form.intro_label, "单位简介", "申报主体简介", "申报单位（联合体）简介"),
        "platform.name": (form.platform_name_label,),
        "platform.overview": (form.overview_label,),
    }


def _unit_tables(tables: Iterable[Table], call: Call) -> frozenset[int]:
    labels = _labels(call)
    long_texts = {"unit.intro", "platform.name", "platform.overview"}
    found = {}
    for table in tables:
        lookup = Lookup([table], labels, "")
        found[table.number] = len(lookup) >= UNIT_FIELDS_MIN or any(lookup.find(path) for path in long_texts)
    return frozenset(number for number, is_unit_table in found.items() if is_unit_table)


def _unit_lookup(blocks: Sequence[Block], unit_tables: frozenset[int], call: Call) -> Lookup:
    """The unit table's values; a form that has no such table is read from its paragraphs."""
    chosen = [block for block in blocks if isinstance(block, Table) and block.number in unit_tables]
    lines = [block for block in blocks if isinstance(block, Line)]
    return Lookup(chosen or lines, _labels(call), "申报表")


def _unit(lookup: Lookup, sources: Sources, call: Call) -> Unit:
    def text(path: str, confidence: Confidence = "read") -> str:
        group = "联系人" if path.startswith("unit.contact.") else ""
        return sources.note(path, lookup.find(path, group), confidence)

    code = field_values.credit_code(text("unit.credit_code", "normalised"))
    ownership, other, ownership_marks = _ownership(text("unit.ownership"))
    listed, listed_marks = _listed(text("unit.listed"))
    return Unit(
        name=field_values.clean(without_hints(text("unit.name"), call.form.hints)),
        contact=Contact(
            name=field_values.clean(text("unit.contact.name")),
            mobile=field_values.phone(text("unit.contact.mobile")),
            email=field_values.email(text("unit.contact.email")),
            fax=_filled(field_values.phone(text("unit.contact.fax"))),
        ),
        legal_representative=field_values.clean(text("unit.legal_representative")),
        registered_capital_wan=_money("unit.registered_capital_wan", lookup, sources, None),
        address=field_values.clean(text("unit.address")),
        credit_code=code,
        credit_code_valid=code_is_valid(code),
        ownership=ownership,
        ownership_other=other,
        ownership_marks=ownership_marks,
        listed=listed,
        listed_marks=listed_marks,
        revenue_last_fy_wan=_money("unit.revenue_last_fy_wan", lookup, sources, call.year - 1),
        headcount=field_values.count(text("unit.headcount", "normalised")),
        intro=without_hints(text("unit.intro"), call.form.hints).strip(),
    )


def _money(path: str, lookup: Lookup, sources: Sources, fiscal_year: int | None) -> Decimal | None:
    found = lookup.find(path)
    text = sources.note(path, found, "normalised")
    return field_values.money_wan(text, found.label if found else "", fiscal_year)


def _filled(value: str | None) -> str | None:
    return None if value is None or is_not_committed(value) else value


def _ownership(text: str) -> tuple[str | None, str | None, tuple[str, ...]]:
    """(the one kind chosen, what 其他 stands for, every kind chosen)."""
    chosen = list(field_values.ticked(text, OWNERSHIP))
    last = len(OWNERSHIP) - 1
    behind = _behind_other(text)
    if behind and last not in chosen and not any(mark in text for mark in field_values.TICKED):
        chosen = [last]
    names = tuple(OWNERSHIP[option][0].partition("（")[0] for option in chosen)
    other = behind if last in chosen else None
    return (names[0] if len(names) == 1 else None), other, names


def _behind_other(text: str) -> str | None:
    for wording in OWNERSHIP[-1]:
        if wording in text:
            behind = text.rpartition(wording)[2].lstrip("：: \u3000")
            behind = behind.strip(f"（）()[]【】_ \u3000\n{field_values.TICKED}{field_values.OPEN}")
            return field_values.clean(behind)
    return None


def _listed(text: str) -> tuple[bool | None, tuple[str, ...]]:
    chosen = field_values.ticked(text, _LISTED)
    marks = tuple(_LISTED[option][0] for option in chosen)
    return (chosen[0] == 1 if len(chosen) == 1 else None), marks


def _platform(lookup: Lookup, sources: Sources, call: Call) -> Platform:
    name = sources.note("platform.name", lookup.find("platform.name"))
    overview = sources.note("platform.overview", lookup.find("platform.overview"))
    return Platform(name=field_values.clean(name), overview=without_hints(overview, call.form.hints).strip())


def _cover(
    blocks: Sequence[Block], taken: frozenset[int], sources: Sources, call: Call
) -> tuple[Cover, bool]:
    """The cover, and whether there is one at all."""
    front: list[Block] = []
    for block in blocks:
        if isinstance(block, Table) and block.number in taken:
            break
        front.append(block)
    recommender_labels = (call.district_title, *COVER_LABELS["cover.recommender"])
    lookup = Lookup(front, COVER_LABELS | {"cover.recommender": recommender_labels}, "封面")
    applicant = without_seals(sources.note("cover.applicant", lookup.find("cover.applicant")))
    recommender = without_seals(sources.note("cover.recommender", lookup.find("cover.recommender")))
    written = field_values.written_date(
        sources.note("cover.apply_date", lookup.find("cover.apply_date"), "normalised")
    )
    cover = Cover(
        applicant=applicant,
        recommender=recommender,
        apply_date=written.complete if written else None,
        apply_year=written.year if written else None,
    )
    return cover, len(lookup) > 1


def _commitment(parts: Parts, sources: Sources) -> Commitment:
    blocks = parts.commitment or ()
    lookup = Lookup(blocks, COMMITMENT_LABELS, "承诺书")
    dated = sources.note("commitment.date_raw", lookup.find("commitment.date"))
    lines = [(block.text, block.at) for block in blocks if isinstance(block, Line)]
    tables = [block for block in blocks if isinstance(block, Table)]
    cells = [(cell.text, table.at_row(cell.row)) for table in tables for cell in table.cells]
    labelled = (dated, sources.at("commitment.date_raw"))
    dates = [
        (field_values.written_date(text), at)
        for text, at in (labelled, *reversed([*lines, *cells]))
        if len(text) < 60
    ]
    complete, at = next(((day, at) for day, at in dates if day and day.complete), (None, ""))
    if complete:
        sources.found["commitment.date_raw"] = Source("承诺书 落款日期", complete.raw, at=at)
    legal = lookup.find("commitment.legal_representative")
    return Commitment(
        contact=field_values.clean(sources.note("commitment.contact", lookup.find("commitment.contact"))),
        phone=field_values.phone(sources.note("commitment.phone", lookup.find("commitment.phone"))),
        legal_representative=without_seals(sources.note("commitment.legal_representative", legal)),
        date_raw=complete.raw if complete else None,
    )


def _consortium(
    unit: Unit,
    cover: Cover,
    platform: Platform,
    body: tuple[BodySection, ...],
    lookup: Lookup,
    sources: Sources,
) -> tuple[tuple[ConsortiumUnit, ...], int | None]:
    listed = lookup.find("unit.consortium")
    texts = [unit.intro]
    if "联合体" in unit.intro + platform.overview:
        texts += [platform.overview, *(section.text for section in body)]
    found = recognise_consortium(unit.name or cover.applicant, texts, listed.text if listed else "")
    if found.sentence:
        place, at = (listed.place, listed.at) if listed and listed.text else ("申报单位简介等文字", "")
        sources.found["consortium"] = Source(place, found.sentence, "recognised", at)
    return found.units, found.stated


def _goals(
    platform: Platform, body: tuple[BodySection, ...], sources: Sources, call: Call
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Goals by the first section that commits to any; sections on targets go before the others."""
    aims = [section for section in body if "目标" in section.title]
    others = [section for section in body if section not in aims]
    texts = [*(section.text for section in aims), platform.overview, *(section.text for section in others)]
    found = recognise_goals(texts, call.goals)
    if found.sentence:
        sources.found["goals"] = Source("正文、任务概述中的文字", found.sentence, "recognised")
    return found.committed, found.excluded


def _district(cover: Cover, unit: Unit, sources: Sources, call: Call) -> str | None:
    name = recognise_district((cover.recommender, unit.address, unit.name), call.districts)
    if name:
        at = sources.at("cover.recommender") or sources.at("unit.address")
        sources.found["district"] = Source("推荐单位、单位地址", name, "recognised", at)
    return name


def _parts_present(
    cover_there: bool, lookup: Lookup, kpi: tuple[KpiRow, ...], body: tuple[BodySection, ...], parts: Parts
) -> tuple[str, ...]:
    present: Mapping[str, bool] = {
        "cover": cover_there,
        "unit_table": len(lookup) >= UNIT_FIELDS_MIN,
        "kpi_table": bool(kpi),
        "body": bool(body),
        "proofs": parts.proofs is not None,
        "commitment": parts.commitment is not None,
    }
    return tuple(part for part, there in present.items() if there)


__all__ = ["read_application_form"]
