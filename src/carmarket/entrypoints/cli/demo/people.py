"""
Who is in the demo: customers, the owner of each dealer, a moderator and an admin, who all have one password.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import uuid5

from attrs import frozen

from carmarket.core.language import Language
from carmarket.core.text import key
from carmarket.core.users.ids import UserId
from carmarket.core.users.roles import Role
from carmarket.entrypoints.cli.running import SELLERS

PASSWORD = "demo-only-password"  # noqa: S105  no secret: it is printed, for a market that is for this machine alone


@frozen(kw_only=True)
class Person:
    """Somebody with an account, whose id follows from the address."""

    name: str
    email: str
    role: Role = Role.CUSTOMER
    language: Language = Language.ENGLISH

    @property
    def id(self) -> UserId:
        return UserId(uuid5(SELLERS, f"demo:{self.email}"))


ADMIN = Person(name="Ada Admin", email="admin@carmarket.example", role=Role.ADMIN)
"""Comes last: where this account is, the demo is all there."""
MODERATOR = Person(name="Milo Moderator", email="moderator@carmarket.example", role=Role.MODERATOR)
"""Comes first: the demo's history counts back from its account."""
CUSTOMERS = (
    Person(name="Anna Becker", email="anna@people.example", language=Language.GERMAN),
    Person(name="Ben Carter", email="ben@people.example"),
    Person(name="Chloe Nguyen", email="chloe@people.example"),
    Person(name="Diego Ramos", email="diego@people.example"),
    Person(name="Emily Stone", email="emily@people.example"),
    Person(name="Farid Haddad", email="farid@people.example", language=Language.ARABIC),
    Person(name="Grace Kim", email="grace@people.example"),
    Person(name="Henry Walsh", email="henry@people.example"),
    Person(name="Isabel Santos", email="isabel@people.example"),
    Person(name="Jonas Weber", email="jonas@people.example", language=Language.GERMAN),
    Person(name="Kavya Patel", email="kavya@people.example"),
    Person(name="Liam Murphy", email="liam@people.example"),
)
OWNERS = {
    "Blue Heron Auto Gallery": "Beatrice Heron",
    "Buckeye Brothers Garage": "Bill Buckley",
    "Cactus Wren Cars": "Carmen Reyes",
    "Copper Kettle Motors": "Casimir Nowak",
    "Foxglove Auto Barn": "Fiona Glover",
    "High Meadow Trucks & Cars": "Hank Meadows",
    "Lone Lantern Motors": "Lena Ortiz",
    "Magnolia Mile Motors": "Marcus Miles",
    "Old Harbor Wheels": "Olivia Russo",
    "Paper Moon Automobiles": "Pablo Luna",
    "Pelican & Daughter Cars": "Penny Pelham",
    "Rainy Day Automobiles": "Ruth Okafor",
    "Second Gear Sally's": "Sally Gear",
    "Three Pines Auto House": "Theo Pine",
}


def owner_of(dealer: str) -> Person:
    """Who owns a dealer of this name."""
    return Person(name=OWNERS[dealer], email=f"owner@{domain_of(dealer)}", role=Role.DEALER_OWNER)


def domain_of(dealer: str) -> str:
    """The name as part of an address that nobody can ever have (RFC 2606)."""
    words = "".join(letter if letter.isalnum() else " " for letter in key(dealer).replace("'", ""))
    return "-".join(words.split()) + ".example"


def log_ins(people: Sequence[Person]) -> str:
    """What to log in with, for a person to read."""
    width = max((len(person.email) for person in people), default=0)
    lines = [f"  {person.email:{width}}  {person.role}" for person in people]
    return "\n".join(
        [f"Log-ins of the demo, which is for this machine alone; the password of each is {PASSWORD}", *lines]
    )
