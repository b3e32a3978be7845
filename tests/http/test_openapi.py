"""schemathesis over /openapi.json: no 5xx, and every response as declared."""

from __future__ import annotations

import base64
import json
import os
import re
from typing import Any

import httpx2
import jsonschema
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from openapi_spec_validator import validate
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from grok_video.http.openapi import document
from grok_video.http.openapi.examples import UNIFIED_SOURCE, VIDEO_SOURCE
from tests.conftest import Server
from tests.factories import image_bytes

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
EXAMPLES = int(os.environ.get("GROK_VIDEO_SCHEMATHESIS_EXAMPLES", "12"))


SKIPPED = {("GET", "/v1/events"), ("DELETE", "/v1/keys/{id}")}
OPERATIONS = {
    f"{path.method.upper()} {path.path}": path
    for path in (operation.ok() for operation in schemathesis.openapi.from_dict(document("test")).get_all_operations())
    if (path.method.upper(), path.path) not in SKIPPED
}


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_response_is_as_declared(name: str, fake_server: Server) -> None:
    statuses: list[int] = []

    @given(case=OPERATIONS[name].as_strategy())
    @settings(max_examples=EXAMPLES, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    def check(case: schemathesis.Case) -> None:
        if case.query and "wait" in case.query:
            case.query["wait"] = 0.1
        answer = case.call_and_validate(
            base_url=fake_server.base, checks=CHECKS, headers={"Authorization": f"Bearer {fake_server.key}"}
        )
        statuses.append(answer.status_code)
        if answer.status_code in (200, 202) and case.method == "POST" and "/video" in case.path:
            with fake_server.client() as http:
                http.delete(f"/v1/videos/{id_in(answer.json())}")

    check()
    assert statuses


def id_in(body: dict[str, Any]) -> str:
    """Return the id in the response to a POST, whatever the dialect calls it."""
    return next(body[name] for name in ("id", "task_id", "request_id") if name in body)


def test_the_served_document_is_this_one(http: httpx2.Client) -> None:
    served = http.get("/openapi.json").json()
    assert served["paths"].keys() == document("x")["paths"].keys()
    create = served["paths"]["/v1/videos"]["post"]["requestBody"]["content"]
    assert set(create) == {"application/json", "multipart/form-data", "application/x-www-form-urlencoded"}


DOCUMENT = document("test", "https://videos.example")
EXAMPLE_REQUESTS = [
    pytest.param(method, path, example["value"], id=f"{operation['operationId']}-{name}")
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
    for name, example in operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    .get("examples", {}).items()
    if "/video" in path
]  # fmt: skip


def test_a_public_validator_accepts_it() -> None:
    validate(DOCUMENT)
    assert DOCUMENT["servers"] == [{"url": "https://videos.example"}]
    assert document("test")["servers"] == [{"url": "/"}]


def accepted(operation: dict[str, Any]) -> dict[str, Any]:
    """Return the content of an operation's success."""
    return (operation["responses"].get("200") or operation["responses"]["202"])["content"]


def operations() -> list[dict[str, Any]]:
    return [operation for methods in DOCUMENT["paths"].values() for operation in methods.values()]


def test_every_operation_shows_a_request_and_a_response() -> None:
    for operation in operations():
        content = accepted(operation).get("application/json")
        if content is not None:
            assert "example" in content, operation["operationId"]
        if "requestBody" in operation:
            body = operation["requestBody"]["content"].get("application/json")
            assert body is None or body["examples"], operation["operationId"]


def test_every_optional_field_has_a_default() -> None:
    for operation in operations():
        fields = {parameter["name"]: parameter["schema"] for parameter in operation.get("parameters", [])
                  if not parameter["required"]}  # fmt: skip
        body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
        fields |= {name: field for name, field in body.get("properties", {}).items() if name not in body["required"]}
        for name, schema in fields.items():
            if name not in ("after", "search", "status", "model", "operation"):
                assert "default" in schema or "x-default" in schema, (operation["operationId"], name)


def test_examples_are_valid_by_their_schemas() -> None:
    registry = {"components": DOCUMENT["components"]}
    for operation in operations():
        bodies = [accepted(operation).get("application/json", {})]
        bodies += [operation.get("requestBody", {}).get("content", {}).get("application/json", {})]
        for content in bodies:
            values = [example["value"] for example in content.get("examples", {}).values()]
            values += [content["example"]] if "example" in content else []
            for value in values:
                jsonschema.validate(value, {**registry, **content["schema"]})


@pytest.mark.parametrize(("method", "path", "body"), EXAMPLE_REQUESTS)
def test_the_worked_requests_are_accepted(
    method: str, path: str, body: dict[str, Any], http: httpx2.Client, source: str
) -> None:
    text = json.dumps(body)
    for example in (VIDEO_SOURCE, UNIFIED_SOURCE):
        text = text.replace(example, source)
    image = f"data:image/png;base64,{base64.b64encode(image_bytes(64, 64)).decode()}"
    text = re.sub(r"https://example\.com/\w+\.png", image, text)
    text = re.sub(r"https://example\.com/\w+\.mp4", source, text)
    headers = {"Content-Type": "application/json"}
    answer = http.request(method, path.replace("{id}", source), content=text, headers=headers)
    assert answer.status_code in (200, 202), answer.text
    if id_in(answer.json()) != source:
        http.delete(f"/v1/videos/{id_in(answer.json())}")


@pytest.fixture(scope="module")
def source(fake_server: Server) -> str:
    """A finished video of 5 seconds."""
    with fake_server.client() as http:
        created = http.post("/v1/videos", json={"model": "grok-video-3", "prompt": "x", "seconds": 5}).json()
    return fake_server.finish(created["id"])["id"]
