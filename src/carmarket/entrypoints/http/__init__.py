"""
REST: `create_app` is an ASGI factory for any server.
"""

from __future__ import annotations

from typing import Any

__all__ = ["create_app"]


def __getattr__(name: str) -> Any:
    """Load the framework when the app is asked for: the commands of this package start without it."""
    if name == "create_app":
        from carmarket.entrypoints.http.app import create_app  # noqa: PLC0415  costs half a second

        return create_app
    raise AttributeError(name)
