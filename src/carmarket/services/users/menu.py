"""
What the market offers about people, under one name.
"""

from __future__ import annotations

from attrs import frozen

from carmarket.services.post import Post
from carmarket.services.stock import Stock
from carmarket.services.users.accounts import AccountService
from carmarket.services.users.audit import Auditor
from carmarket.services.users.authentication import Authenticator
from carmarket.services.users.dealers import DealerService
from carmarket.services.users.federated import FederatedService
from carmarket.services.users.holdings import alerts_of, bookings_of, listings_of, saved_searches_of
from carmarket.services.users.people import PeopleService
from carmarket.services.users.privacy import Holding, PrivacyService
from carmarket.services.users.second_factors import SecondFactorService
from carmarket.services.users.sessions import SessionService
from carmarket.services.users.staff import StaffService


@frozen(kw_only=True)
class Users:
    authenticator: Authenticator
    accounts: AccountService
    sessions: SessionService
    federated: FederatedService
    second_factors: SecondFactorService
    dealers: DealerService
    staff: StaffService
    people: PeopleService
    privacy: PrivacyService
    auditor: Auditor

    @classmethod
    def of(cls, stock: Stock, post: Post, *, also: tuple[Holding, ...] = ()) -> Users:
        """Put the services about people together over the ports; `also` is what others hold about them."""
        clock, ids, users = stock.clock, stock.ids, stock.users
        auditor = Auditor(log=stock.audit, clock=clock, ids=ids)
        accounts = AccountService(
            users=users, sessions=stock.sessions, passwords=stock.passwords, secrets=stock.secrets, post=post,
            requests=stock.reset_requests, revocations=stock.revocations, limiter=stock.limiter, clock=clock, ids=ids,
        )  # fmt: skip
        dealers = DealerService(
            accounts=accounts, dealers=stock.dealers, users=users, auditor=auditor, clock=clock, ids=ids
        )
        sessions = SessionService(
            users=users, dealers=stock.dealers, sessions=stock.sessions, passwords=stock.passwords,
            tokens=stock.tokens, secrets=stock.secrets, limiter=stock.limiter, clock=clock, ids=ids,
        )  # fmt: skip
        federated = FederatedService(
            providers=stock.providers, users=users, accounts=accounts, sessions=sessions, secrets=stock.secrets,
            clock=clock, ids=ids, site=post.site,
        )  # fmt: skip
        staff = StaffService(
            accounts=accounts, dealers=dealers, stock=stock.dealers, users=users, auditor=auditor, post=post,
            limiter=stock.limiter, clock=clock, ids=ids,
        )  # fmt: skip
        people = PeopleService(
            users=users, accounts=accounts, passwords=stock.passwords, auditor=auditor, clock=clock, ids=ids
        )
        privacy = PrivacyService(
            accounts=accounts, users=users, dealers=stock.dealers, sessions=stock.sessions, auditor=auditor,
            clock=clock,
            holdings=(
                bookings_of(stock.bookings, clock),
                listings_of(stock.listings, clock),
                saved_searches_of(stock.saved_searches),
                alerts_of(stock.alerts),
                *also,
            ),
        )  # fmt: skip
        return cls(
            authenticator=Authenticator(tokens=stock.tokens, revocations=stock.revocations, clock=clock),
            accounts=accounts,
            sessions=sessions,
            federated=federated,
            second_factors=SecondFactorService(accounts=accounts, users=users, secrets=stock.secrets, clock=clock),
            dealers=dealers,
            staff=staff,
            people=people,
            privacy=privacy,
            auditor=auditor,
        )
