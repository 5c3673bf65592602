"""
How brokers know who comes, and how what is said to them is kept from others.
"""

from __future__ import annotations

from collections.abc import Mapping
from ssl import create_default_context
from typing import Any

from attrs import field, frozen
from attrs.validators import in_, optional

MECHANISMS = ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512")


@frozen(kw_only=True)
class KafkaSecurity:
    """TLS, and a user with a password (SASL), each or both or none."""

    tls: bool = False
    ca: str | None = None
    """A file of certificates to trust in place of the machine's."""
    user: str | None = None
    password: str = field(default="", repr=False)
    mechanism: str | None = field(default=None, validator=optional(in_(MECHANISMS)))
    """How the password is shown to be known; SCRAM-SHA-512 unless the brokers ask for another."""

    def __attrs_post_init__(self) -> None:
        """Raises: ValueError for what makes no sense together."""
        if (self.ca and not self.tls) or (self.mechanism and self.user is None):
            raise ValueError("certificates are for TLS, and a mechanism for a password")

    def client(self) -> Mapping[str, Any]:
        """What clients are told. Raises: OSError where the certificates cannot be read."""
        protocol = "SSL" if self.tls else "PLAINTEXT"
        said: dict[str, Any] = {"ssl_context": create_default_context(cafile=self.ca)} if self.tls else {}
        if self.user is None:
            return {**said, "security_protocol": protocol}
        return {
            **said,
            "security_protocol": f"SASL_{protocol}",
            "sasl_mechanism": self.mechanism or "SCRAM-SHA-512",
            "sasl_plain_username": self.user,
            "sasl_plain_password": self.password,
        }
