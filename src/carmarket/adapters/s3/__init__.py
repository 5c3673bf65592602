"""Blobs in a bucket of Amazon S3, or of a store that speaks its protocol."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from carmarket.adapters.s3.blobs import S3BlobStore
from carmarket.adapters.s3.bucket import S3Bucket, S3Preparation, S3Probe, open_bucket
from carmarket.adapters.s3.server import S3Server, parse_server
from carmarket.adapters.s3.tickets import S3DirectUploads
from carmarket.ports.blobs import BLOBS, DIRECT_UPLOADS
from carmarket.ports.offer import Offer
from carmarket.ports.preparing import PREPARATION
from carmarket.ports.probe import PROBE

__all__ = ["S3BlobStore", "S3Bucket", "S3DirectUploads", "S3Server", "offer", "open_bucket", "parse_server"]


@asynccontextmanager
async def offer(url: str) -> AsyncIterator[Offer]:
    """
    The bucket that the URL names. It is made with its first blob if it is missing, so that a market opens without it.

    Raises: InvalidError for a URL that names no bucket.
    """
    async with open_bucket(parse_server(url)) as bucket:

        async def blobs() -> S3BlobStore:
            return S3BlobStore(bucket)

        async def uploads() -> S3DirectUploads:
            return S3DirectUploads(bucket)

        async def preparation() -> S3Preparation:
            return S3Preparation(bucket)

        async def probe() -> S3Probe:
            return S3Probe(bucket)

        yield Offer({BLOBS.name: blobs, DIRECT_UPLOADS.name: uploads, PREPARATION.name: preparation, PROBE.name: probe})
