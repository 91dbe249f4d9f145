"""The API under schemathesis: whatever is asked, what comes back is what the OpenAPI document says, and never a 500."""

from __future__ import annotations

import re
from typing import Any

import pytest
import requests
import schemathesis
from django.test import Client
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.transport import Response
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from depth import cases
from web.whole.subjects import World
from winloss.web.report.api import api

BELOW = "/api/v1/"
SCHEMA: Any = schemathesis.openapi.from_dict(dict(api.get_openapi_schema(path_prefix=BELOW)))
OPERATIONS = [(path, method) for path in SCHEMA for method in SCHEMA[path]]
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
quick = settings(
    deadline=None,
    derandomize=True,
    max_examples=cases(6, 60),
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.filter_too_much],
)


def asked(case: Case[Any], client: Client) -> Response:
    """The case put to the application, and what it said as schemathesis knows it."""
    query = {name: value for name, value in (case.query or {}).items() if value is not None}
    send = getattr(client, str(case.method).lower())
    if str(case.method).upper() == "GET":
        found = send(case.formatted_path, query)
    else:
        found = send(case.formatted_path, case.body, content_type="application/json", query_params=query)
    return Response(
        status_code=found.status_code,
        headers={name.lower(): [value] for name, value in found.items()},
        content=found.content,
        request=requests.Request(case.method, f"http://testserver{found.request['PATH_INFO']}").prepare(),
        elapsed=0.0,
        verify=True,
    )


@pytest.mark.parametrize(("path", "method"), OPERATIONS)
@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=["valid", "junk"])
def test_what_comes_back_is_what_is_written_down(path: str, method: str, mode: GenerationMode, world: World) -> None:
    client = Client()
    client.force_login(world.people["revops"])

    @quick
    @given(SCHEMA[path][method].as_strategy(generation_mode=mode))
    def run(case: Case[Any]) -> None:
        case.validate_response(asked(case, client), checks=CHECKS)

    run()


@pytest.mark.parametrize(("path", "method"), OPERATIONS)
def test_nobody_is_answered_who_is_not_signed_in(path: str, method: str, world: World) -> None:
    assert getattr(Client(), method)(re.sub(r"{\w+}", "x", path)).status_code == 401
