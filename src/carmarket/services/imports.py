"""
Importing: a dealer's file becomes listings, batch by batch, as a job that outlives its process.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Callable
from contextlib import aclosing
from datetime import timedelta
from uuid import UUID, uuid5

from attrs import field, frozen

from carmarket.core.actor import Actor
from carmarket.core.catalog.car import SellerId
from carmarket.core.catalog.imports import Import, ImportId, ImportOptions, ImportStatus
from carmarket.core.catalog.listing import LIFETIME
from carmarket.core.catalog.mapping import parse_mapping
from carmarket.core.catalog.ownership import seller_of
from carmarket.core.catalog.rows import Plan, plan
from carmarket.core.errors import ConcurrencyConflictError, InvalidError, NotFoundError
from carmarket.core.users.roles import Permission, allows, demand
from carmarket.core.versions import repeated
from carmarket.ports.blobs import BlobStore
from carmarket.ports.catalog import ListingRepository
from carmarket.ports.clock import Clock, Ids
from carmarket.ports.imports import ImportRepository, TableReader
from carmarket.services.importing.batches import Batches
from carmarket.services.importing.looking import FirstLook, Pictures
from carmarket.services.importing.notes import ImportNotes
from carmarket.services.importing.withdrawal import Withdrawal

KEYS = UUID("6d1f4a3e-0f4b-5b1f-a1d5-2f64c3a0b9d2")
STALLED = timedelta(seconds=30)
"""An attended import that was not heard of for so long is taken over."""


@frozen(kw_only=True)
class ImportService:
    """
    Files of cars, taken in by the same rules as cars listed by hand.

    An import that is run twice, or by two processes at once, does no harm: cars have their ids from the file, and
    each batch of rows is saved before it is noted as done.
    """

    listings: ListingRepository
    imports: ImportRepository
    blobs: BlobStore
    tables: TableReader
    clock: Clock
    ids: Ids
    currency: str
    """Of prices that name none."""
    lifetime: timedelta = LIFETIME
    _running: dict[ImportId, AsyncGenerator[Import, None]] = field(factory=dict, init=False, repr=False)

    async def start(
        self,
        actor: Actor,
        *,
        file_name: str,
        data: bytes | AsyncIterable[bytes],
        options: ImportOptions | None = None,
        seller: SellerId | None = None,
        key: str | None = None,
        fingerprint: str | None = None,
        is_attended: bool = False,
        pictures: Pictures | None = None,
    ) -> Import:
        """
        Keep the file and the wish to have it taken in; `run` or the market's jobs do the work.

        With an idempotency `key` the same request has one effect. An attended import with the `fingerprint` of one
        that was broken off goes on with that.

        Raises: InvalidError for a file that is no table of cars, or a mapping that does not fit it; ForbiddenError;
            KeyReusedError when the key came before with another `fingerprint`.
        """
        demand(actor.roles, Permission.IMPORT)
        seller = seller or seller_of(actor)
        if seller != seller_of(actor):
            demand(actor.roles, Permission.ADMINISTER)
        import_id = ImportId(self.ids.new() if key is None else uuid5(KEYS, f"{actor.user_id}:{key}"))
        earlier = await self._earlier(import_id, seller, fingerprint, is_attended=is_attended)
        if earlier is not None:
            return earlier
        notes = ImportNotes(blobs=self.blobs, import_id=import_id)
        await self.blobs.put(notes.file, data, content_type="application/octet-stream")
        options = options or ImportOptions()
        try:
            look = FirstLook(tables=self.tables, blobs=self.blobs, notes=notes)
            planned, last_line = await look.look(file_name, self._plan_of(options), pictures)
        except InvalidError:
            await notes.forget()
            raise
        change = Import.begin(
            now=self.clock.now(),
            id=import_id,
            user_id=actor.user_id,
            seller=seller,
            is_trusted=actor.is_trusted,
            file_name=file_name,
            file_key=notes.file,
            options=options,
            columns=planned.matches,
            total_lines=last_line,
            fingerprint=fingerprint,
            is_attended=is_attended,
        )
        try:
            await self.imports.save(change)
        except ConcurrencyConflictError:  # the same request at the same moment was faster
            return await self._existing(import_id)
        return change.state

    async def get(self, actor: Actor, import_id: ImportId) -> Import:
        """
        One's own import; administrators see all.

        Raises: NotFoundError.
        """
        job = await self.imports.get(import_id)
        is_own = job is not None and (job.user_id == actor.user_id or job.seller == seller_of(actor))
        if job is None or not (is_own or allows(actor.roles, Permission.ADMINISTER)):
            raise NotFoundError("There is no such import.", field="import", value=str(import_id))
        return job

    async def failed_rows(self, actor: Actor, import_id: ImportId) -> AsyncIterator[bytes]:
        """A CSV file of the rows that could not be taken, with the reasons beside them, to correct and import again."""
        job = await self.get(actor, import_id)
        async for piece in ImportNotes(blobs=self.blobs, import_id=job.id).failed_rows():
            yield piece

    async def run(self, import_id: ImportId) -> AsyncGenerator[Import, None]:
        """Take the file in from where it was left, and tell after every batch how far it is."""
        job = await self._existing(import_id)
        while not job.is_finished:
            try:
                async with aclosing(self._steps(job)) as steps:
                    async for job in steps:
                        yield job
            except ConcurrencyConflictError:
                job = await self._existing(import_id)

    async def step_unfinished(self) -> int:
        """Do the next batch of an import that nobody attends to; how many batches were done."""
        now = self.clock.now()
        for job in await self.imports.unfinished(limit=100):
            if job.id in self._running or not job.is_attended or now - job.updated_at > STALLED:
                await self._step(job.id)
                return 1
        return 0

    async def _step(self, import_id: ImportId) -> None:
        running = self._running.setdefault(import_id, self.run(import_id))
        job = None
        try:
            job = await anext(running, None)
        finally:
            if job is None or job.is_finished:
                self._running.pop(import_id, None)
                await running.aclose()

    async def _steps(self, job: Import) -> AsyncGenerator[Import, None]:
        notes = ImportNotes(blobs=self.blobs, import_id=job.id)
        batches = Batches(
            listings=self.listings,
            imports=self.imports,
            clock=self.clock,
            lifetime=self.lifetime,
            notes=notes,
            seen=await notes.seen(job.batch),
        )
        try:
            if job.status is not ImportStatus.WITHDRAWING:
                async with (
                    aclosing(self.blobs.stream(notes.file)) as data,
                    aclosing(self.tables.rows(job.file_name, data)) as rows,
                    aclosing(batches.take(job, rows, self._plan_of(job.options))) as steps,
                ):
                    async for step in steps:
                        job = step
                        yield job
        except (InvalidError, NotFoundError) as broken:
            job = await self._failed(job, broken.message)
            yield job
        if job.status is ImportStatus.WITHDRAWING:
            yield await Withdrawal(
                listings=self.listings, imports=self.imports, clock=self.clock, seen=batches.seen
            ).finish(job)

    def _plan_of(self, options: ImportOptions) -> Callable[[tuple[str, ...]], Plan]:
        rules = parse_mapping(options.mapping) if options.mapping else ()
        return lambda header: plan(header, rules, base_currency=self.currency)

    async def _earlier(
        self, import_id: ImportId, seller: SellerId, fingerprint: str | None, *, is_attended: bool
    ) -> Import | None:
        """The import that this request means already."""
        known = await self.imports.get(import_id)
        if known is not None:
            return repeated(known, fingerprint)
        if is_attended and fingerprint is not None:
            for job in await self.imports.unfinished(limit=100):
                if job.seller == seller and job.fingerprint == fingerprint:
                    return job
        return None

    async def _failed(self, job: Import, reason: str) -> Import:
        change = job.changed(now=self.clock.now(), status=ImportStatus.FAILED, failure=reason)
        await self.imports.save(change)
        return change.state

    async def _existing(self, import_id: ImportId) -> Import:
        job = await self.imports.get(import_id)
        if job is None:
            raise NotFoundError("There is no such import.", field="import", value=str(import_id))
        return job
