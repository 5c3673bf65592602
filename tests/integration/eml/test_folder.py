"""
What only letters in a folder have: names, one file a letter, and whom they are shown to.
"""

from __future__ import annotations

import asyncio
import re
import stat
from datetime import timedelta
from email import message_from_bytes
from email.policy import SMTP
from pathlib import Path

import pytest

from carmarket import Settings, open_market
from carmarket.adapters.eml import EmlMailer, offer
from carmarket.adapters.memory import MemoryClock
from carmarket.core.errors import InvalidError, UnavailableError
from carmarket.core.language import Language
from carmarket.ports.mail import MAIL
from carmarket.testing.letters import SENDER, a_letter


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "some" / "letters"


@pytest.fixture
def clock() -> MemoryClock:
    return MemoryClock()


@pytest.fixture
def mailer(folder: Path, clock: MemoryClock) -> EmlMailer:
    return EmlMailer.of(folder, sender=SENDER, clock=clock)


async def test_letters_stand_in_the_order_of_their_sending(mailer, folder, clock):
    for number in (2, 1):
        await mailer.send(a_letter(number=number))
        clock.advance(timedelta(minutes=1))

    assert sorted(file.name for file in folder.iterdir()) == [
        "20260101-120000-00000000-0000-0000-0000-000000000002.eml",
        "20260101-120100-00000000-0000-0000-0000-000000000001.eml",
    ]


async def test_a_letter_that_comes_again_later_is_one_file(mailer, folder, clock):
    await mailer.send(a_letter())
    before = {file.name: file.read_bytes() for file in folder.iterdir()}
    clock.advance(timedelta(days=1))
    await mailer.send(a_letter())

    assert len(before) == 1
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == before


async def test_nobody_but_the_owner_reads_letters(mailer, folder):
    await mailer.send(a_letter())

    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()} == {0o600}


async def test_a_letter_that_cannot_be_written_waits_and_leaves_nothing_behind(mailer, folder, monkeypatch):
    def full(_self: Path, _target: Path) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(Path, "replace", full)
        with pytest.raises(UnavailableError, match="No space left"):
            await mailer.send(a_letter())
    left = list(folder.iterdir())
    await mailer.send(a_letter())

    assert left == []
    assert len(list(folder.iterdir())) == 1


async def test_a_file_in_the_place_of_the_folder_is_told(tmp_path):
    (tmp_path / "letters").write_text("")
    mailer = EmlMailer.of(tmp_path / "letters", sender=SENDER, clock=MemoryClock())

    with pytest.raises(UnavailableError):
        await mailer.send(a_letter())


@pytest.mark.parametrize("url", ["eml:///", "eml://letters", "eml:///{file}"])
async def test_a_url_that_names_no_folder_is_refused(tmp_path, url):
    (tmp_path / "file").write_text("")

    with pytest.raises(InvalidError, match="folder"):
        async with offer(url.replace("{file}", str(tmp_path / "file"))):
            pass


async def test_a_folder_is_made_at_its_first_letter(folder, clock):
    async with offer(f"eml:///{folder}") as it:
        mailer = (await it.get(MAIL))(sender=SENDER, clock=clock)
        before = folder.exists()
        await mailer.send(a_letter())

    assert not before
    assert len(list(folder.glob("*.eml"))) == 1


async def test_a_market_in_a_file_keeps_its_letters_beside_it(tmp_path, clock):
    settings = Settings(url=f"sqlite:///{tmp_path}/market.db", search="memory://", mail_from=SENDER)
    async with open_market(settings, clock=clock) as market:
        await market.stock.mailer.send(a_letter())

    (letter,) = (tmp_path / "market.db.mail").iterdir()
    assert letter.name.startswith("20260101-120000-")
    assert b"From: Cars of Anytown <hello@cars.example>" in letter.read_bytes()


async def test_the_letter_in_the_folder_confirms_who_registered(tmp_path):
    settings = Settings(url=f"sqlite:///{tmp_path}/market.db", search="memory://", site="https://cars.example/")
    async with open_market(settings) as market:
        await market.users.accounts.register(
            email="jana@example.com", password="correct horse battery", name="Jana Weiß", language=Language.GERMAN
        )
        (file,) = await asyncio.to_thread(lambda: list((tmp_path / "market.db.mail").iterdir()))
        plain, _ = message_from_bytes(file.read_bytes(), policy=SMTP).iter_parts()
        found = re.search(r"^https://cars.example/confirm\?token=(\S+)", plain.get_content(), re.MULTILINE)
        assert found is not None

        person = await market.users.accounts.confirm(found[1], password="correct horse battery")

    assert (person.name, person.is_verified) == ("Jana Weiß", True)
    assert "Guten Tag Jana Weiß," in plain.get_content()


async def test_a_market_whose_letters_come_from_nobody_does_not_open(tmp_path):
    with pytest.raises(InvalidError) as refusal:
        async with open_market(Settings(url="memory://", mail=f"eml:///{tmp_path}/mail", mail_from="nobody")):
            pass

    assert refusal.value.field == "mail_from"
