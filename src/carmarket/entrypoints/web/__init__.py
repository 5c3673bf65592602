"""
The storefront: a search page and a page for each car, for people with and without JavaScript.
"""

from __future__ import annotations

from carmarket.entrypoints.web.site import routes

__all__ = ["routes"]
