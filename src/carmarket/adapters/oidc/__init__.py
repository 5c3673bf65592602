"""Log-ins with providers of OpenID Connect, over HTTPS."""

from __future__ import annotations

from carmarket.adapters.oidc.provider import OidcIdentityProvider, open_provider

__all__ = ["OidcIdentityProvider", "open_provider"]
