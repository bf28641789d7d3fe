"""Validation against the published Open Responses schema, where that folder lies beside the project."""

import functools
import json

import pytest
from jsonschema import Draft202012Validator

from .processes import PROJECT

SCHEMA = PROJECT.parent / "shared" / "spec" / "openresponses-2026-04-24.openapi.json"


@functools.cache
def _document():
    return json.loads(SCHEMA.read_text())


@functools.cache
def _validator(name):
    return Draft202012Validator({"$ref": f"#/components/schemas/{name}", "components": _document()["components"]})


@functools.cache
def _events():
    """The schema of each streaming event by its `type`."""
    names = {}
    for name, schema in _document()["components"]["schemas"].items():
        if name.endswith("StreamingEvent"):
            for kind in schema["properties"]["type"]["enum"]:
                names[kind] = name
    return names


def need_schema():
    if not SCHEMA.exists():
        pytest.skip("skipped: the published schema is not here (../shared/spec of the project)")


def _validate(name, value):
    problems = sorted(_validator(name).iter_errors(value), key=lambda e: len(e.absolute_path), reverse=True)
    assert not problems, f"{name}: " + "; ".join(f"{p.json_path}: {p.message[:200]}" for p in problems[:3])


def validate_response(response):
    _validate("ResponseResource", response)


def validate_compaction(resource):
    _validate("CompactResource", resource)


def validate_event(event):
    """One streaming event, or the `error` frame of the socket (told by its `status`)."""
    if event["type"] == "error" and "status" in event:
        return _validate("WebSocketErrorEvent", event)
    assert event["type"] in _events(), f"{event['type']} is no event of the published schema"
    _validate(_events()[event["type"]], event)
