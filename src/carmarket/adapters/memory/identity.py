"""
A provider whose people log in when a test says so.
"""

from __future__ import annotations

from urllib.parse import parse_qs, urlencode, urlsplit

from attrs import define, field, frozen

from carmarket.core.errors import UnauthenticatedError
from carmarket.core.users.federation import Proof, challenge_of
from carmarket.core.users.user import Identity
from carmarket.ports.identity import IdentityProvider


@frozen(kw_only=True)
class _Given:
    """What a code was given for."""

    proof: Proof
    redirect_uri: str
    challenge: str
    nonce: str


@define
class MemoryIdentityProvider(IdentityProvider):
    """Vouches for whomever `log_in` names; codes count once, as the port says."""

    issuer: str = "memory://provider"
    _codes: dict[str, _Given] = field(factory=dict, init=False, repr=False)
    _last: int = field(default=0, init=False)

    async def authorization_url(self, *, redirect_uri: str, state: str, nonce: str, challenge: str) -> str:
        said = {"redirect_uri": redirect_uri, "state": state, "nonce": nonce, "code_challenge": challenge}
        return f"{self.issuer}/authorize?{urlencode(said)}"

    def log_in(
        self, url: str, *, subject: str, email: str | None = None, is_email_verified: bool = True,
        name: str | None = None,
    ) -> tuple[str, str]:  # fmt: skip
        """Be the person who was sent to this address and says yes: the code and the state that they come back with."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        self._last += 1
        code = f"code-{self._last}"
        self._codes[code] = _Given(
            proof=Proof(
                identity=Identity(issuer=self.issuer, subject=subject), email=email,
                is_email_verified=is_email_verified, name=name,
            ),
            redirect_uri=asked["redirect_uri"],
            challenge=asked["code_challenge"],
            nonce=asked["nonce"],
        )  # fmt: skip
        return code, asked["state"]

    async def redeem(self, code: str, *, redirect_uri: str, verifier: str, nonce: str) -> Proof:
        given = self._codes.pop(code, None)
        if given is None or (given.redirect_uri, given.challenge, given.nonce) != (
            redirect_uri, challenge_of(verifier), nonce,
        ):  # fmt: skip
            raise UnauthenticatedError("The log-in elsewhere does not count: begin it again.")
        return given.proof
