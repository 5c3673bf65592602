"""
Links and headers of the OpenAPI document: where an answer leads, and what can be done next with what it shows.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from carmarket.codec.bookings import BookingView, RulesView
from carmarket.codec.enquiries import EnquiryView
from carmarket.codec.results import CarView
from carmarket.codec.reviews import ReviewView
from carmarket.entrypoints.http.saved_search_views import SavedSearchView
from carmarket.entrypoints.http.views import ListingView
from carmarket.entrypoints.http.webhook_views import WebhookView

Paths = Mapping[str, Mapping[str, Any]]
OF_IMPORTS = "{import_id}"
LEADING: Mapping[type[Any], str] = {
    ListingView: "{listing_id}",
    BookingView: "{booking_id}",
    EnquiryView: "{enquiry_id}",
    ReviewView: "{review_id}",
    SavedSearchView: "{search_id}",
    WebhookView: "{webhook_id}",
}
"""What shows one thing of a version, and the parameter of the paths that lead on from it."""
TAGGED: tuple[type[Any], ...] = (CarView, RulesView)
"""What shows one thing of a version, and leads nowhere."""
TAG = "If-Match"
PLACELESS = frozenset({"register", "forget_password", "log_in", "confirm_federated"})
"""What they lead to is not told, or has no address."""
HEADERS = {
    "ETag": {"description": "The version, for If-Match.", "required": True, "schema": {"type": "string"}},
    "Location": {
        "description": "Where it is.",
        "required": True,
        "schema": {"type": "string", "format": "uri-reference"},
    },
}


def links_to(paths: Paths, named: str) -> dict[str, Any]:
    """A link to each operation whose path has this parameter: it takes the id and, if it asks for it, the tag."""
    return {
        operation["operationId"]: _link(operation, named.strip("{}"))
        for path, operations in paths.items()
        if named in path
        for operation in operations.values()
        if all(one["in"] != "path" or f"{{{one['name']}}}" == named for one in operation["parameters"])
    }


def add_links(paths: Paths, components: dict[str, Any]) -> None:
    """Put links and headers beside every answer that shows one thing of a version, or a new one."""
    links = {named: links_to(paths, named) for named in (*LEADING.values(), OF_IMPORTS)}
    components["links"] = {name: link for of_one in links.values() for name, link in of_one.items()}
    leading = {_reference(kind): named for kind, named in LEADING.items()}
    tagged = {*leading, *map(_reference, TAGGED)}
    for path, operations in paths.items():
        for operation in operations.values():
            for status, answer in operation["responses"].items():
                shown = answer.get("content", {}).get("application/json", {}).get("schema", {}).get("$ref")
                if shown in tagged:
                    answer["headers"] = {"ETag": HEADERS["ETag"]}
                if shown in leading:
                    answer["links"] = _referred(links[leading[shown]])
                if status == "202" and operation["operationId"] == "start_import":
                    answer["links"] = _referred(links[OF_IMPORTS])
                if status in {"201", "202"} and "{" not in path and operation["operationId"] not in PLACELESS:
                    answer.setdefault("headers", {})["Location"] = HEADERS["Location"]


def _reference(kind: type[Any]) -> str:
    return f"#/components/schemas/{kind.__name__}"


def _link(operation: Mapping[str, Any], name: str) -> dict[str, Any]:
    values = {f"path.{name}": "$response.body#/id"}
    if any(one["name"] == TAG for one in operation["parameters"]):
        values[f"header.{TAG}"] = "$response.header.ETag"
    return {"operationId": operation["operationId"], "parameters": values}


def _referred(links: Mapping[str, Any]) -> dict[str, Any]:
    return {name: {"$ref": f"#/components/links/{name}"} for name in links}
