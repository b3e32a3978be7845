"""schemathesis over /openapi.json: no 5xx, and every response as declared."""

from __future__ import annotations

import os

import httpx2
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from grok_video.http.openapi import document
from tests.conftest import Server

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
        if answer.status_code == 200 and case.method == "POST" and "/video" in case.path:
            with fake_server.client() as http:
                http.delete(f"/v1/videos/{answer.json()['id']}")

    check()
    assert statuses


def test_the_served_document_is_this_one(http: httpx2.Client) -> None:
    served = http.get("/openapi.json").json()
    assert served["paths"].keys() == document("x")["paths"].keys()
    create = served["paths"]["/v1/videos"]["post"]["requestBody"]["content"]
    assert set(create) == {"application/json", "multipart/form-data", "application/x-www-form-urlencoded"}
