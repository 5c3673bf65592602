"""
Who vouches for people elsewhere: providers of OpenID Connect.
"""

from __future__ import annotations

from abc import abstractmethod
from typing import Protocol

from carmarket.core.users.federation import Proof


class IdentityProvider(Protocol):
    """
    One provider that people may log in with: the authorization code flow with PKCE, and nothing else of the standard.

    - A proof is given only for a code that the provider itself has redeemed, over a line to the address that its
      issuer names, for this client, this redirect URI and this verifier. A code counts once.
    - Of the id token that comes with it all of this is verified: a signature with one of few asymmetric algorithms, by
      a key of the provider's; `iss` is the issuer, letter for letter; `aud` names this client, and `azp` does where
      it is said or there are several audiences; `exp` is not past; `iat` is of these minutes; `nonce` is the one of
      this log-in; `sub` says somebody.
    - A key that the provider has newly begun to sign with is found without a restart.
    - An address counts as verified only where the provider says `true` to just that.
    - A provider that is slow, away, answers nonsense or refuses this client itself raises UnavailableError, within
      seconds.
    """

    @abstractmethod
    async def authorization_url(self, *, redirect_uri: str, state: str, nonce: str, challenge: str) -> str:
        """
        Where to send the person. The `challenge` is of the verifier, by S256 (RFC 7636).

        Raises: UnavailableError.
        """

    @abstractmethod
    async def redeem(self, code: str, *, redirect_uri: str, verifier: str, nonce: str) -> Proof:
        """
        What the code that the person came back with is worth.

        Raises: UnauthenticatedError for a code that the provider does not take, or an id token that fails; which of
            its checks failed is told to nobody. UnavailableError.
        """
