"""
Methods and headers of everything that the storefront answers.
"""

from __future__ import annotations

from collections.abc import Mapping

from litestar.enums import HttpMethod

READ = (HttpMethod.GET, HttpMethod.HEAD)

POLICY: Mapping[str, str] = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "connect-src": "'self'",
    "font-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
}
"""Nothing from elsewhere and nothing inline; `data:` is for the small icons inside the style sheet."""

SECURITY_HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": "; ".join(f"{name} {sources}" for name, sources in POLICY.items()),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "strict-origin-when-cross-origin",
}

PAGE_HEADERS: Mapping[str, str] = {
    **SECURITY_HEADERS,
    "Cache-Control": "no-cache",
    "Vary": "HX-Request",
}
"""One URL gives a whole page or a part of it; `HX-Request` tells which."""
