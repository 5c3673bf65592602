"""
What the documents say is true: README examples run, tables agree with the code.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import pytest

from carmarket.core.booking.lifecycle import TRANSITIONS as BOOKING_TRANSITIONS
from carmarket.core.catalog.lifecycle import TRANSITIONS, ListingStatus
from carmarket.core.enquiries.lifecycle import TRANSITIONS as ENQUIRY_TRANSITIONS
from carmarket.core.reviews.lifecycle import TRANSITIONS as REVIEW_TRANSITIONS

LONG = 250
ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
EXAMPLES = re.findall(r"```python\n(.*?)```", README, re.DOTALL)


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_of_the_readme_runs(example, tmp_path):
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", example], cwd=tmp_path, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stderr


def test_the_readme_has_examples():
    assert EXAMPLES


def test_the_readme_names_only_targets_that_make_has():
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"make ([a-z-]+)", README)) - {"and", "an", "it", "sure"}

    assert named <= targets
    assert {"run", "test", "help"} <= named


def test_every_target_says_what_it_does():
    makefile = (ROOT / "Makefile").read_text()
    phony = re.search(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)
    assert phony is not None

    described = set(re.findall(r"^([a-z-]+):.*## \S", makefile, re.MULTILINE))

    assert described == set(phony[1].split())


def drawn(heading: str, every: set[str]) -> set[tuple[str, str, str]]:
    """The steps of a life as ARCHITECTURE.md draws them under a heading."""
    section = (ROOT / "ARCHITECTURE.md").read_text().partition(f"## {heading}\n")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| ([a-z, ]+) \| ([a-z]+) \| ([a-z-]+) \|$", section, re.MULTILINE)
    return {
        (source, action, target)
        for sources, action, target in rows
        if sources != "from"
        for source in (every if sources == "any but archived" else sources.split(", "))
    }


def test_the_life_of_a_listing_is_drawn_as_the_table_has_it():
    every = {status.value for status in ListingStatus} - {"archived"}

    assert drawn("The life of a listing", every) == {
        (source.value, action.value, target.value) for (source, action), target in TRANSITIONS.items()
    }


def test_the_life_of_a_booking_is_drawn_as_the_table_has_it():
    assert drawn("The life of a booking", set()) == {
        (source.value, action.value, target.value) for (source, action), target in BOOKING_TRANSITIONS.items()
    }


def test_the_life_of_a_review_is_drawn_as_the_table_has_it():
    assert drawn("The life of a review", set()) == {
        (source.value, action.value, target.value) for (source, action), target in REVIEW_TRANSITIONS.items()
    }


def test_the_life_of_an_enquiry_is_drawn_as_the_table_has_it():
    assert drawn("The life of an enquiry", set()) == {
        (source.value, action.value, target.value) for (source, action), target in ENQUIRY_TRANSITIONS.items()
    }


def test_every_folder_of_the_package_has_its_line():
    told = (ROOT / "ARCHITECTURE.md").read_text()
    package = ROOT / "src" / "carmarket"
    missing: dict[str, list[str]] = defaultdict(list)
    for folder in package.iterdir():
        if folder.is_dir() and folder.name != "__pycache__" and f"src/carmarket/{folder.name}/" not in told:
            missing["ARCHITECTURE.md"].append(folder.name)
    for adapter in (package / "adapters").iterdir():
        if adapter.is_dir() and adapter.name != "__pycache__" and f"`{adapter.name}`" not in told:
            missing["adapters"].append(adapter.name)

    assert not missing


def test_a_long_module_says_why():
    listed = subprocess.run(["git", "ls-files", "*.py"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    long = [name for name in listed.split() if (ROOT / name).read_text().count("\n") > LONG]

    assert long
    assert [name for name in long if "It is long, for" not in (ROOT / name).read_text()] == []


def test_no_committed_file_names_a_place_of_one_machine():
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    hosts = re.compile(rb"pypi\.org|pythonhosted|npmjs|/root/|/home/[a-z]", re.IGNORECASE)
    allowed = {"tests/e2e/test_documents.py"}

    guilty = [
        name
        for name in listed
        if name not in allowed and "/vendor/" not in name and "/static/" not in name and (ROOT / name).is_file()
        and hosts.search((ROOT / name).read_bytes())
    ]  # fmt: skip

    assert not guilty
