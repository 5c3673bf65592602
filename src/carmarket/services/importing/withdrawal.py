"""
A full file names all of the seller's cars: those it leaves out are withdrawn, but never too many by mistake.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from uuid import UUID

from attrs import frozen

from carmarket.core.catalog.identity import known_by_vin
from carmarket.core.catalog.imports import Counts, Import, ImportStatus
from carmarket.core.catalog.lifecycle import ListingStatus
from carmarket.core.catalog.listing import Listing, ListingId
from carmarket.core.errors import ConcurrencyConflictError
from carmarket.ports.catalog import LARGEST_BATCH, ListingFilter, ListingRepository
from carmarket.ports.clock import Clock
from carmarket.ports.imports import ImportRepository

WITHDRAWABLE = frozenset(
    {
        ListingStatus.PENDING,
        ListingStatus.PUBLISHED,
        ListingStatus.PAUSED,
        ListingStatus.RESERVED,
        ListingStatus.EXPIRED,
    }
)
"""Drafts and rejected listings are the seller's own affair."""
LARGEST_SHARE = 0.3


@frozen(kw_only=True)
class Withdrawal:
    """The last step of a full import."""

    listings: ListingRepository
    imports: ImportRepository
    clock: Clock
    seen: Collection[UUID]
    """The cars that the file names, be it in rows that failed."""

    async def finish(self, job: Import) -> Import:
        """Withdraw what is gone, or say why not."""
        stock = await self._stock(job)
        before = [listing for listing in stock if listing.fingerprint != job.mark]
        gone = [listing for listing in before if not await self._is_named(listing)]
        refusal = self._refusal(job, gone=len(gone), before=len(before))
        if refusal is not None:
            return await self._end(job, ImportStatus.FAILED, job.counts, refusal)
        if not job.options.dry_run:
            await self._archive([listing.id for listing in gone])
        return await self._end(job, ImportStatus.DONE, job.counts + Counts(withdrawn=len(gone)), None)

    async def _is_named(self, listing: Listing) -> bool:
        """Whether the file names the car, be it under an id from before it was listed anew, or by its VIN alone."""
        vin = listing.details.vin
        if listing.id in self.seen or (vin is not None and known_by_vin(listing.seller, vin) in self.seen):
            return True
        earlier = listing.relisted_from
        while earlier is not None and earlier not in self.seen:
            ended = await self.listings.get(earlier)
            earlier = ended.relisted_from if ended is not None else None
        return earlier is not None

    def _refusal(self, job: Import, *, gone: int, before: int) -> str | None:
        if gone and job.unidentified:
            return (
                f"Nothing was withdrawn: {job.unidentified} failed rows name neither stock number nor VIN, so that "
                f"they may be among the {gone} cars that the file leaves out. Mend them and import again."
            )
        if gone > LARGEST_SHARE * before and not job.options.allow_removals:
            return (
                f"Nothing was withdrawn: the file leaves out {gone} of {before} cars, more than "
                f"{LARGEST_SHARE:.0%}. Allow removals if that is right."
            )
        return None

    async def _stock(self, job: Import) -> Sequence[Listing]:
        wanted = ListingFilter(seller=job.seller, statuses=WITHDRAWABLE)
        stock: list[Listing] = []
        while True:
            after = stock[-1].id if stock else None
            batch = await self.listings.find(wanted, after=after, limit=LARGEST_BATCH)
            if not batch:
                return stock
            stock += batch

    async def _archive(self, ids: Sequence[ListingId]) -> None:
        """Archive all; what somebody changed meanwhile is read again."""
        rest = list(ids)
        while rest:
            batch, rest = rest[:LARGEST_BATCH], rest[LARGEST_BATCH:]
            now = self.clock.now()
            present = [one for one in await self.listings.get_many(batch) if one.status in WITHDRAWABLE]
            for rejected in await self.listings.save_all([one.archive(now=now) for one in present]):
                if not isinstance(rejected.reason, ConcurrencyConflictError):
                    raise rejected.reason
                rest.append(rejected.change.state.id)

    async def _end(self, job: Import, status: ImportStatus, counts: Counts, failure: str | None) -> Import:
        change = job.changed(now=self.clock.now(), status=status, counts=counts, failure=failure)
        await self.imports.save(change)
        return change.state
