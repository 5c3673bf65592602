"""
Quotes as opaque signed text: a client can hand one back, and alter nothing that it was quoted.
"""

from __future__ import annotations

import msgspec
from attrs import field, frozen

from carmarket.codec.signing import Signer
from carmarket.core.booking.quote import Quote
from carmarket.core.errors import InvalidError

DECODER = msgspec.msgpack.Decoder(Quote)


class ForgedQuoteError(InvalidError):
    """The quote was not made here, or was altered."""

    code = "quote-forged"


@frozen
class QuoteCodec:
    """Signs quotes, so that the market need not keep those that nobody takes."""

    _secret: bytes = field(repr=False)

    def encode(self, quote: Quote) -> str:
        return Signer(self._secret).sign(msgspec.msgpack.encode(quote))

    def decode(self, text: str) -> Quote:
        """
        The quote as it was given out; whether it has run out is the booking's affair.

        Raises: ForgedQuoteError.
        """
        body = Signer(self._secret).read(text)
        try:
            if body is not None:
                return DECODER.decode(body)
        except msgspec.ValidationError:  # it was signed by a version that wrote quotes in another way
            pass
        raise ForgedQuoteError(
            "This quote was not given out here.", field="quote", value=text[:80], expected="the `quote` of an answer"
        )
