"""The project stands by itself: it cites no document that its readers do not have."""

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# the working papers' names, in capitals, where they are cited: with a paragraph, in brackets or as a file
PAPERS = "DESIGN|OFFICE|REQUIREMENTS|GLOSSARY|TARGETS"
CITED = re.compile(rf"\b(?:{PAPERS})(?:\.md\b|'s\b| ?§| \d)|\((?:see )?(?:{PAPERS})\b")


def test_no_file_cites_a_document_that_is_not_here():
    command = ["git", "-c", "safe.directory=*", "ls-files", "-z"]  # the checkout may be another user's
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout
    cited = []
    for name in listed.decode().split("\0")[:-1]:
        path = ROOT / name
        if path == Path(__file__) or not path.is_file():
            continue
        try:
            text = path.read_text("utf-8")
        except UnicodeDecodeError:  # a picture or an Office file
            continue
        cited += [f"{name}: {found[0]}" for found in CITED.finditer(text)]
    assert cited == []
