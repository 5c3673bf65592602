"""
Schemas of what is sent and answered: made from the very types, with the rules that the core holds them to.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from carmarket.core.catalog.listing import LONGEST_DESCRIPTION
from carmarket.core.catalog.photos import MOST_PHOTOS
from carmarket.core.catalog.vehicle import EARLIEST_MODEL_YEAR, LATEST_MODEL_YEAR, MOST_FEATURES
from carmarket.core.money import LARGEST_AMOUNT
from carmarket.core.search.saved import LONGEST_ASKED
from carmarket.core.text import LONGEST_NAME
from carmarket.core.webhooks.webhook import LONGEST_URL, TOLD

REF = "#/components/schemas/{name}"
PLAIN = {"pattern": r"^[^\x00-\x08\x0b-\x1f]*$"}
SHORT = {**PLAIN, "maxLength": LONGEST_NAME}
NAME = {"pattern": r"^[^\x00-\x08\x0b-\x1f]*\S[^\x00-\x08\x0b-\x1f]*$", "maxLength": LONGEST_NAME}
WEBHOOK = {
    "url": {
        "format": "uri",
        "maxLength": LONGEST_URL,
        "pattern": "^https://",
        "description": "At a public address.",
        "examples": ["https://shop.example/carmarket"],
    },
    "event_types": {"uniqueItems": True, "items": {"type": "string", "enum": sorted(TOLD)}},
}

RULES: Mapping[str, Mapping[str, Mapping[str, Any]]] = {
    "DealerPlace": {"name": NAME, "phone": {**PLAIN, "maxLength": 40}},
    "Details": {
        "vin": {
            "pattern": "^[A-HJ-NPR-Z0-9]{17}$",
            "description": "ISO 3779, in capitals; where it begins with 1 to 5, with its check digit.",
            "examples": ["1M8GDM9AXKP042788"],
        },
        "description": {**PLAIN, "maxLength": LONGEST_DESCRIPTION},
        "stock_number": SHORT,
    },
    "Money": {
        "amount": {"minimum": 0, "maximum": LARGEST_AMOUNT, "description": "In minor units: 1899500 is 18,995.00 USD."},
        "currency": {"pattern": "^[A-Z]{3}$", "description": "ISO 4217.", "examples": ["USD"]},
    },
    "NewEnquiry": {"text": {"pattern": NAME["pattern"]}},
    "NewMessage": {"text": {"pattern": NAME["pattern"]}},
    "NewReply": {"text": {"pattern": NAME["pattern"]}},
    "NewReport": {"reason": {"pattern": NAME["pattern"]}},
    "NewReview": {"text": {"pattern": NAME["pattern"]}},
    "Odometer": {"value": {"minimum": 0, "maximum": 5_000_000}},
    "PhotoOrder": {"photos": {"maxItems": MOST_PHOTOS, "uniqueItems": True}},
    "NewSavedSearch": {"name": NAME, "query": {"maxLength": LONGEST_ASKED}},
    "SavedSearchChange": {"name": NAME},
    "Place": dict.fromkeys(("country", "region", "city", "postcode", "time_zone"), SHORT),
    "Point": {
        "latitude": {"minimum": -90, "maximum": 90},
        "longitude": {"minimum": -180, "maximum": 180},
    },
    "Power": {"value": {"minimum": 1, "maximum": 5_000}},
    "Rejection": {"reason": {"pattern": NAME["pattern"]}},
    "Introduction": {"name": NAME},
    "NewAccount": {"name": NAME},
    "ToldOfDealer": {"name": NAME},
    "Verdict": {"reason": {"pattern": NAME["pattern"]}},
    "NewWebhook": WEBHOOK,
    "RevisedWebhook": WEBHOOK,
    "Vehicle": {
        "make": NAME,
        "model": NAME,
        "trim": SHORT,
        "engine": SHORT,
        "paint": SHORT,
        "model_year": {"minimum": EARLIEST_MODEL_YEAR, "maximum": LATEST_MODEL_YEAR},
        "doors": {"minimum": 1, "maximum": 9},
        "seats": {"minimum": 1, "maximum": 99},
        "features": {"maxItems": MOST_FEATURES, "uniqueItems": True, "items": {"type": "string", **SHORT}},
    },
}
"""A keyword binds values of its own kind only, so those that may be null can have it too."""


def schemas_of(kinds: Sequence[Any]) -> tuple[dict[int, Any], dict[str, Any]]:
    """The schema of each kind by its identity, and the components that they refer to."""
    schemas, components = msgspec.json.schema_components(kinds, ref_template=REF)
    for name, schema in components.items():
        if "description" in schema:
            schema["description"] = schema["description"].partition("\n\nRaises:")[0]
        if "properties" in schema:
            schema["additionalProperties"] = False
        for field, rules in RULES.get(name, {}).items():
            schema["properties"][field] |= rules
    return {id(kind): schema for kind, schema in zip(kinds, schemas, strict=True)}, components
