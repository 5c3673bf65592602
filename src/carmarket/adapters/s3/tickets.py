"""
Tickets for uploads straight into a bucket.
"""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from attrs import frozen

from carmarket.adapters.s3.bucket import S3Bucket
from carmarket.ports.blobs import DirectUploads, UploadTicket, demand_ticket

SECOND = timedelta(seconds=1)


@frozen
class S3DirectUploads(DirectUploads):
    """
    A form whose policy is signed, or where a store takes none, an address that is signed with the headers.

    Signing asks nobody. The bucket is made before the first ticket, since who has one cannot make it.
    """

    _bucket: S3Bucket

    async def ticket(self, key: str, *, content_type: str, size: int, lifetime: timedelta) -> UploadTicket:
        demand_ticket(key, size, lifetime)
        await self._bucket.make()
        seconds = lifetime // SECOND
        if self._bucket.server.takes_forms:
            return await self._bucket.run(partial(self._form, key, content_type, size, seconds))
        return await self._bucket.run(partial(self._address, key, content_type, size, seconds))

    def _form(self, key: str, content_type: str, size: int, seconds: int) -> UploadTicket:
        # Key and bucket are conditions of boto's own making.
        said = self._bucket.client.generate_presigned_post(
            self._bucket.server.bucket,
            key,
            Fields={"Content-Type": content_type},
            Conditions=[{"Content-Type": content_type}, ["content-length-range", size, size]],
            ExpiresIn=seconds,
        )
        return UploadTicket(method="POST", url=said["url"], fields=said["fields"])

    def _address(self, key: str, content_type: str, size: int, seconds: int) -> UploadTicket:
        about = {"Bucket": self._bucket.server.bucket, "Key": key, "ContentType": content_type, "ContentLength": size}
        url = self._bucket.client.generate_presigned_url("put_object", about, ExpiresIn=seconds, HttpMethod="PUT")
        return UploadTicket(method="PUT", url=url, fields={"Content-Type": content_type, "Content-Length": str(size)})
