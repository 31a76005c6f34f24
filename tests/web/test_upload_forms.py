"""Every form that takes a file refuses one that is too large before it is sent."""

import re
from pathlib import Path

TEMPLATES = Path(__file__).parents[2] / "templates"
FORM = re.compile(
    r'<form\b(?:[^>{]|\{\{.*?\}\}|\{%.*?%\})*enctype="multipart/form-data"(?:[^>{]|\{\{.*?\}\}|\{%.*?%\})*>'
)


def test_forms_with_files_carry_the_limit():
    found = {
        f"{path.relative_to(TEMPLATES)}": [form[0] for form in FORM.finditer(path.read_text("utf-8"))]
        for path in TEMPLATES.rglob("*.html")
    }
    forms = {name: each for name, each in found.items() if each}
    assert {"secretariat/form.html", "secretariat_experts/register.html"} <= set(forms)
    assert [
        name for name, each in forms.items() if not all("m.upload_limit()" in form for form in each)
    ] == []
