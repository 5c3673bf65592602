"""
Rows become listings: what is new is added, what says something else is changed, the rest stays as it is.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping, Sequence
from datetime import timedelta
from uuid import UUID

from attrs import field, frozen

from carmarket.core.catalog.identity import imported_id, known_by_vin, relisted_id
from carmarket.core.catalog.imports import Counts, Import, ImportStatus
from carmarket.core.catalog.lifecycle import ENDED, LIVE, ListingStatus
from carmarket.core.catalog.listing import Details, Listing, ListingId, taken_vin
from carmarket.core.catalog.photos import Photo, PhotoId
from carmarket.core.catalog.rows import CellError, Plan
from carmarket.core.change import Change
from carmarket.core.errors import CarmarketError, ConcurrencyConflictError, InvalidError
from carmarket.core.money import Money
from carmarket.ports.catalog import LARGEST_BATCH, ListingFilter, ListingRepository, Rejected
from carmarket.ports.clock import Clock
from carmarket.ports.imports import ImportRepository, TableRow
from carmarket.services.importing.notes import ImportNotes
from carmarket.services.importing.outcome import Outcome, cell_error

ROWS = 500
TRIES = 5


@frozen(kw_only=True)
class Wanted:
    """What a sound row says of one car."""

    row: TableRow
    listing_id: ListingId
    details: Details
    price: Money
    photos: tuple[Photo, ...]


@frozen(kw_only=True)
class Batches:
    """Takes the rows of one import in; `seen` grows by the cars that they name."""

    listings: ListingRepository
    imports: ImportRepository
    clock: Clock
    lifetime: timedelta
    notes: ImportNotes
    seen: set[UUID]
    _photos: dict[str, PhotoId | None] = field(factory=dict, init=False)

    async def take(
        self, job: Import, rows: AsyncIterator[TableRow], make_plan: Callable[[tuple[str, ...]], Plan]
    ) -> AsyncGenerator[Import, None]:
        """Batch by batch, from behind the job's last line on; the job as it is after each."""
        plan: Plan | None = None
        batch: list[TableRow] = []
        async for row in rows:
            if plan is None:
                plan = make_plan(row.cells)
            elif row.line > job.line:
                batch.append(row)
            if len(batch) == ROWS:
                job = await self._save(job, plan, batch, ImportStatus.RUNNING)
                yield job
                batch = []
        if plan is None:
            raise InvalidError("The file is empty.", field="file", expected="a header and rows")
        ends = ImportStatus.WITHDRAWING if job.options.full else ImportStatus.DONE
        yield await self._save(job, plan, batch, ends)

    async def _save(self, job: Import, plan: Plan, rows: Sequence[TableRow], status: ImportStatus) -> Import:
        outcome = Outcome()
        wanted = [one for row in rows if (one := await self._wanted(job, plan, row, outcome)) is not None]
        for attempt in range(TRIES):
            wanted = await self._write(job, wanted, outcome, is_last=attempt == TRIES - 1)
        await self.notes.keep_batch(job.batch, sorted(outcome.seen), outcome.failed, plan.header)
        change = job.changed(
            now=self.clock.now(),
            status=status,
            columns=plan.matches,
            line=rows[-1].line if rows else job.line,
            batch=job.batch + 1,
            counts=job.counts + outcome.counts,
            unidentified=job.unidentified + outcome.unidentified,
            missing_photos=job.missing_photos.and_also(outcome.missing_photos),
        )
        await self.imports.save(change)
        self.seen.update(outcome.seen)
        return change.state

    async def _wanted(self, job: Import, plan: Plan, row: TableRow, outcome: Outcome) -> Wanted | None:
        """What the row wants; `None` if it fails, which is then noted."""
        said = plan.read(row.cells)

        def is_taken(one: UUID) -> bool:
            return one in self.seen or one in outcome.seen

        listing_id = imported_id(job.seller, said.identity, is_taken) if said.identity else None
        errors = list(said.errors)
        if listing_id is None:
            outcome.unidentified += 1
        elif is_taken(listing_id):
            identity = str(said.identity).partition(":")[2]
            errors.append(
                CellError("stock number or VIN", identity, "An earlier row of the file has it. Expected: each car once")
            )
        else:
            outcome.seen.add(listing_id)
        if said.vin is not None:
            errors += outcome.second_of_its_vin(row, said.vin, is_known=known_by_vin(job.seller, said.vin) in self.seen)
            outcome.seen.add(known_by_vin(job.seller, said.vin))
        found = {name: await self._photo(name) for name in said.photos}
        outcome.missing_photos += [name for name, photo_id in found.items() if photo_id is None]
        if errors or listing_id is None or said.details is None or said.price is None:
            outcome.fail(row, errors)
            return None
        return Wanted(
            row=row,
            listing_id=listing_id,
            details=said.details,
            price=said.price,
            photos=tuple(Photo(id=one) for one in dict.fromkeys(found.values()) if one is not None),
        )

    async def _photo(self, name: str) -> PhotoId | None:
        """The picture of this name; the same names come again and again, so they are looked up once."""
        if name not in self._photos:
            self._photos[name] = await self.notes.photo(name)
        return self._photos[name]

    async def _write(self, job: Import, wanted: Sequence[Wanted], outcome: Outcome, *, is_last: bool) -> list[Wanted]:
        """Save what the rows want; those that somebody else was faster with come back, to be decided anew."""
        if not wanted:
            return []
        present = await self._present(wanted)
        by_id: dict[UUID, tuple[Wanted, Change[Listing], Counts]] = {}
        for one in wanted:
            listing = present.get(one.listing_id)
            try:
                change = self._decide(job, one, listing)
            except CarmarketError as error:
                outcome.fail(one.row, [cell_error(error)])
                continue
            outcome.seen.add(change.state.id)
            by_id[change.state.id] = one, change, _count(job, change, listing)
        changes = [change for _, change, _ in by_id.values() if not change.is_empty]
        save_all = self._would_reject if job.options.dry_run else self.listings.save_all
        rejected = {one.change.state.id: one.reason for one in await save_all(changes)}
        again = []
        for listing_id, (one, _, counts) in by_id.items():
            reason = rejected.get(ListingId(listing_id))
            if reason is None:
                outcome.counts += counts
            elif isinstance(reason, ConcurrencyConflictError) and not is_last:
                again.append(one)
            else:
                outcome.fail(one.row, [cell_error(reason)])
        return again

    async def _would_reject(self, changes: Sequence[Change[Listing]]) -> Sequence[Rejected]:
        """The changes that the store would not take, for the VIN of another live listing."""
        vins = frozenset(vin for change in changes if (vin := change.state.details.vin) is not None)
        live = await self.listings.find(ListingFilter(statuses=LIVE, vins=vins), limit=LARGEST_BATCH)
        holders = {listing.details.vin: listing.id for listing in live}
        return [
            Rejected(change, taken_vin(change.state))
            for change in changes
            if change.state.status in LIVE and holders.get(change.state.details.vin, change.state.id) != change.state.id
        ]

    async def _present(self, wanted: Sequence[Wanted]) -> Mapping[ListingId, Listing]:
        """The newest listing of each car: an ended one may have been listed anew."""
        newest = {one.id: one for one in await self.listings.get_many([one.listing_id for one in wanted])}
        ended = {first: listing for first, listing in newest.items() if listing.status in ENDED}
        while ended:
            again = {relisted_id(old): first for first, old in ended.items()}
            ended = {again[one.id]: one for one in await self.listings.get_many(list(again))}
            newest.update(ended)
            ended = {first: listing for first, listing in ended.items() if listing.status in ENDED}
        return newest

    def _decide(self, job: Import, wanted: Wanted, listing: Listing | None) -> Change[Listing]:
        now = self.clock.now()
        if listing is None:
            change = Listing.draft(
                listing_id=wanted.listing_id,
                seller=job.seller,
                details=wanted.details,
                price=wanted.price,
                now=now,
                fingerprint=job.mark,
            )
        elif listing.status is ListingStatus.SOLD:
            return Change(base=listing.version, state=listing, events=())
        elif listing.status is ListingStatus.ARCHIVED:
            change = listing.relist(listing_id=relisted_id(listing), now=now)
        else:
            change = Change(base=listing.version, state=listing, events=())
        is_new = change.base == 0
        change = (
            change.then(lambda it: it.revise(wanted.details, now=now))
            .then(lambda it: it.reprice(wanted.price, now=now))
            .then(lambda it: it.add_photos(wanted.photos, now=now))
        )
        if is_new:
            return change.then(lambda it: it.publish(now=now, reviewed=job.is_trusted, lifetime=self.lifetime))
        if change.state.status is ListingStatus.EXPIRED:
            return change.then(lambda it: it.renew(now=now, lifetime=self.lifetime))
        return change


def _count(job: Import, change: Change[Listing], listing: Listing | None) -> Counts:
    """
    A car that is there because of this very import counts as added.

    So the count is right also when a batch is done again after its process died.
    """
    if listing is None or change.base == 0 or listing.fingerprint == job.mark:
        return Counts(added=1)
    return Counts(unchanged=1) if change.is_empty else Counts(updated=1)
