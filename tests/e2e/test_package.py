"""
What is installed: the base without extras, and the types that its users see.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
UV = Path(sys.executable).with_name("uv")
THREE_LINES = """
import asyncio
from carmarket import SearchQuery, open_market

async def main():
    async with open_market("memory://") as market:
        return (await market.search.find(SearchQuery(words="golf"))).page.total

assert asyncio.run(main()) == 0
"""
WITHOUT_EXTRAS = """
import asyncio
from carmarket import load_settings, open_market
from carmarket.core.errors import CarmarketError

async def main(url):
    async with open_market(url):
        pass

for attempt in (lambda: asyncio.run(main("sqlite:///garage.db")), load_settings):
    try:
        attempt()
    except CarmarketError as error:
        print(error.code, error)
"""
TYPED = """
from typing import assert_type
from carmarket import Actor, Details, Money, SearchQuery, Vehicle, open_market
from carmarket.core.catalog.car import Car
from carmarket.core.catalog.listing import Listing
from carmarket.core.search.page import Page
from carmarket.ports.catalog import LISTINGS, ListingRepository
from carmarket.ports.offer import Offer

async def sell(dealer: Actor) -> None:
    async with open_market("memory://") as market:
        golf = Details(vehicle=Vehicle(make="Volkswagen", model="Golf"))
        assert_type(await market.catalog.draft(dealer, details=golf, price=Money(1, "USD")), Listing)
        found = await market.search.find(SearchQuery(words="golf"))
        assert_type(found.page, Page)
        assert_type([hit.car for hit in found.page.hits], list[Car])

async def adapter(offer: Offer) -> None:
    assert_type(await offer.get(LISTINGS), ListingRepository)
"""
WRONG = [
    ('from carmarket import Money\nMoney("19995", "EUR")\n', 'expected "int"'),
    ("from carmarket import Vehicle\nVehicle(make='VW')\n", 'Missing named argument "model"'),
    (
        "from carmarket.ports.clock import Clock\nclass Mine(Clock):\n    pass\nMine()\n",
        'Cannot instantiate abstract class "Mine"',
    ),
]


def ran(*command: object, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*map(str, command)], cwd=folder, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of an environment into which nothing but the base install was put."""
    folder = tmp_path_factory.mktemp("bare")
    for command in (
        [UV, "venv", "--quiet", "--python", sys.executable, folder / "env"],
        [UV, "pip", "install", "--quiet", "--python", folder / "env/bin/python", ROOT],
    ):
        done = ran(*command, folder=folder)
        assert done.returncode == 0, done.stderr
    return folder / "env/bin/python"


@pytest.mark.slow
def test_the_base_install_is_attrs_and_cattrs_alone(bare, tmp_path):
    listed = ran(UV, "pip", "freeze", "--python", bare, folder=tmp_path).stdout.splitlines()

    assert {line.split("==")[0].split(" ")[0] for line in listed} == {
        "attrs", "carmarket", "cattrs", "typing-extensions",
    }  # fmt: skip


@pytest.mark.slow
def test_three_lines_open_a_market_on_the_base_install(bare, tmp_path):
    done = ran(bare, "-W", "error", "-c", THREE_LINES, folder=tmp_path)

    assert done.returncode == 0, done.stderr


@pytest.mark.slow
def test_what_an_extra_brings_is_named_where_it_is_missing(bare, tmp_path):
    said = ran(bare, "-c", WITHOUT_EXTRAS, folder=tmp_path).stdout.splitlines()

    assert len(said) == 2
    assert said[0].startswith("missing-extra")
    assert "install carmarket[embedded]" in said[0]
    assert "install carmarket[settings]" in said[1]


@pytest.mark.slow
def test_every_module_of_the_base_can_be_imported_without_an_extra(bare, tmp_path):
    package = ROOT / "src" / "carmarket"
    rings = ("core", "ports", "services", "adapters/memory")
    base = [file for ring in rings for file in (package / ring).rglob("*.py")]
    names = [".".join(file.relative_to(package.parent).with_suffix("").parts) for file in base]

    done = ran(bare, "-c", "\n".join(f"import {name.removesuffix('.__init__')}" for name in names), folder=tmp_path)

    assert len(names) > 60
    assert done.returncode == 0, done.stderr


@pytest.mark.slow
def test_users_see_our_types(tmp_path):
    (tmp_path / "mine.py").write_text(TYPED)

    done = ran(sys.executable, "-m", "mypy", "--strict", "mine.py", folder=tmp_path)

    assert done.returncode == 0, done.stdout


@pytest.mark.slow
@pytest.mark.parametrize(("code", "told"), WRONG)
def test_a_wrong_use_is_found_before_it_runs(tmp_path, code, told):
    (tmp_path / "mine.py").write_text(code)

    done = ran(sys.executable, "-m", "mypy", "--strict", "mine.py", folder=tmp_path)

    assert done.returncode == 1
    assert told in done.stdout
