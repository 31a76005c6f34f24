"""What `dossier read` prints: values, findings and the suggested overall result of one application form."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from review_portal.domain.formal_check import Finding, check_form, overall
from review_portal.domain.records import ApplicationForm, KpiRow, Recommendation
from review_portal.domain.text_count import count_text
from review_portal.intake.application_form import read_application_form
from scoring_rubrics import Call

# Kept word for word: the published expected results carry it.
_BODY_NOTE = "headings excluded; allow ±5% in tests"
_STARTS_WITH = 12  # characters of a section that identify it


def read_dossier(
    data: bytes,
    file_name: str,
    call: Call,
    recommendation: Recommendation | None = None,
    received_at: datetime | None = None,
) -> dict[str, object]:
    """Read and check one .docx; `received_at` must be aware. Raises `Invalid` when it is no readable form."""
    form = read_application_form(data, call)
    findings = check_form(form, call, recommendation, received_at)
    return reading_as_json(file_name, form, call, findings, received_at)


def reading_as_json(
    file_name: str,
    form: ApplicationForm,
    call: Call,
    findings: Sequence[Finding],
    received_at: datetime | None,
) -> dict[str, object]:
    """One object `{file, received_at, values, findings, overall}` of plain JSON values."""
    return {
        "file": file_name,
        "received_at": received_at.isoformat() if received_at else None,
        "values": form_values(form, call),
        "findings": [_finding(finding) for finding in findings],
        "overall": overall(findings),
    }


def form_values(form: ApplicationForm, call: Call) -> dict[str, object]:
    """The form's values for other programs: numbers as JSON numbers, dates as ISO 8601, missing as null."""
    names = {goal.number: goal.name for goal in call.goals}
    cover = form.cover
    return {
        "cover": {
            "applicant": cover.applicant,
            "recommender": cover.recommender,
            "apply_date": cover.apply_date.isoformat() if cover.apply_date else None,
            "apply_year": cover.apply_year,
        },
        "unit": _unit(form, call),
        "platform": {
            "name": form.platform.name,
            "overview_chars": _chars(form.platform.overview) | {"limit": call.limits.overview},
        },
        "district": form.district,
        "consortium": [{"name": unit.name, "role": unit.role} for unit in form.consortium],
        "goals": list(form.goals),
        "goal_names": [names[number] for number in form.goals],
        "kpi": [_kpi(row) for row in form.kpi],
        "body_sections": {
            section.key: {
                "word": count_text(section.text).word,
                "starts_with": section.text[:_STARTS_WITH],
            }
            for section in form.body
        },
        "body_chars": _chars("\n".join(section.text for section in form.body))
        | {"limit": call.limits.body, "note": _BODY_NOTE},
        "proofs": [list(titles) for titles in form.proofs],
        "commitment": {
            "contact": form.commitment.contact,
            "phone": form.commitment.phone,
            "date_raw": form.commitment.date_raw,
        },
    }


def _unit(form: ApplicationForm, call: Call) -> dict[str, object]:
    unit = form.unit
    contact = unit.contact
    return {
        "name": unit.name,
        "contact": {
            "name": contact.name,
            "mobile": contact.mobile,
            "email": contact.email,
            "fax": contact.fax,
        },
        "legal_representative": unit.legal_representative,
        "registered_capital_wan": _json_number(unit.registered_capital_wan),
        "address": unit.address,
        "credit_code": unit.credit_code,
        "credit_code_valid": unit.credit_code_valid,
        "ownership": unit.ownership,
        "ownership_other": unit.ownership_other,
        "listed": unit.listed,
        "revenue_last_fy_wan": _json_number(unit.revenue_last_fy_wan),
        "headcount": unit.headcount,
        "intro_chars": _chars(unit.intro) | {"limit": call.limits.intro},
    }


def _kpi(row: KpiRow) -> dict[str, object]:
    return {
        "index": row.index,
        "name": row.name,
        "named": row.named,
        "unit": row.unit,
        "stages": [_json_number(value) for value in row.stages],
        "total": _json_number(row.total),
        "raw_stages": list(row.raw_stages),
        "raw_total": row.raw_total,
        "computed_sum": _json_number(row.computed_sum),
        "aggregation": row.aggregation,
        "consistent": row.consistent,
    }


def _finding(finding: Finding) -> dict[str, object]:
    return {
        "rule": finding.rule,
        "title": finding.title,
        "mode": finding.mode,
        "severity": finding.severity,
        "result": finding.result,
        "note": str(finding.note),
    }


def _chars(text: str) -> dict[str, object]:
    counted = count_text(text)
    return {"word": counted.word, "nonspace": counted.nonspace}


def _json_number(value: Decimal | None) -> int | float | None:
    """A JSON number; only here, at the edge, may a decimal become a float."""
    if value is None:
        return None
    return int(value) if value == value.to_integral_value() else float(value)
