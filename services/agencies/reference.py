"""The reference pages: ``/docs`` for the HTTP API, ``/docs/events`` for the topics.

Everything they need is served from here: no page of Kith's loads anything from elsewhere. They are
made from the routes and from the contracts, so they say what the code does.
"""

from __future__ import annotations

import json
import re
from functools import cache
from importlib import resources
from typing import Any

from fastapi import APIRouter, FastAPI, Request
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.openapi.utils import get_openapi
from fastapi.responses import HTMLResponse, JSONResponse, Response
from fastapi.staticfiles import StaticFiles
from jinja2 import Environment, PackageLoader, StrictUndefined
from pydantic.json_schema import models_json_schema

from contracts.assessments import AssessmentSubmittedV1
from services.agencies.event_reference import asyncapi_document, read_topics
from services.agencies.shown import ProblemDetails
from services.agencies.submissions import MOST, Batch

PUBLIC = "/v1/"
_ASSETS = "/docs/assets"
_ABOUT = (
    "An agency sends what it records when it looks at a household, and is told who the household's "
    "key worker is. Send the credential your operator gave you as `Authorization: Bearer …`. "
    "Times carry a time zone. [What travels over Kafka](/docs/events)."
)
_SCHEMAS = "#/components/schemas/"
_BODY = {
    "oneOf": [
        {"$ref": f"{_SCHEMAS}Submission"},
        {"$ref": f"{_SCHEMAS}Batch"},
        {"type": "array", "items": {"$ref": f"{_SCHEMAS}Submission"}, "maxItems": MOST},
    ]
}
_REFUSALS = {
    401: "The credential is missing, not known, or revoked.",
    422: "The request does not keep the contract. Nothing was stored.",
    503: "A server that Kith needs does not answer. Nothing was stored, unless `detail` says that"
    " this is not known; try again after the seconds that the header Retry-After gives.",
}
_NO_WEBHOOK = {404: "Your agency has no webhook."}
_OWN_REFUSALS = {
    ("/v1/assessments", "post"): {
        400: "A header is wrong; detail says which.",
        409: "The reference was used for an assessment with other content, or a request with this"
        " Idempotency-Key is being handled: then ask again in a moment.",
        410: "What was sent under this reference was erased: detail says when and why. Send a new"
        " assessment under a reference of its own.",
        413: "The body is larger than Kith takes at once: send smaller batches.",
        415: "The body is compressed: send it without Content-Encoding.",
    },
    ("/v1/assessments/{assessment_id}", "get"): {
        404: "Your agency has no such assessment.",
        410: "It was erased: detail says when and why.",
    },
    ("/v1/assessments", "get"): {
        410: "What your agency sent under this reference was erased: detail says when and why."
    },
    ("/v1/webhook", "get"): _NO_WEBHOOK,
    ("/v1/webhook", "delete"): _NO_WEBHOOK,
}
_HEADERS = {
    "Idempotency-Key": "1 to 255 printable characters, such as a UUID in quotes. The same key with"
    " the same body gets the same answer for 24 hours, unless the operator says otherwise; with"
    " another body, 422.",
    "traceparent": "W3C Trace Context: continued through all that follows.",
}


def describe(api: FastAPI) -> dict[str, Any]:
    """The OpenAPI document of what agencies may call."""
    document = get_openapi(
        title="Kith: the agencies' API", version="1", description=_ABOUT, routes=api.routes
    )
    document["paths"] = {
        path: each for path, each in document["paths"].items() if path.startswith(PUBLIC)
    }
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    _, given = models_json_schema(
        [(Batch, "validation"), (ProblemDetails, "validation")], ref_template=f"{_SCHEMAS}{{model}}"
    )
    schemas |= given["$defs"]
    document["paths"]["/v1/assessments"]["post"]["requestBody"] = {
        "required": True,
        "content": {"application/json": {"schema": _BODY, "example": _example()}},
    }
    document["paths"]["/v1/assessments"]["post"]["parameters"] = [
        {"name": name, "in": "header", "description": about, "schema": {"type": "string"}}
        for name, about in _HEADERS.items()
    ]
    document["components"]["securitySchemes"] = {"credential": {"type": "http", "scheme": "bearer"}}
    document["security"] = [{"credential": []}]
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            refusals = _REFUSALS | _OWN_REFUSALS.get((path, method), {})
            operation["responses"] |= {
                str(status): _refusal(refusals[status]) for status in sorted(refusals)
            }
    document["components"]["schemas"] = _reached(schemas, document["paths"])
    return document


def _refusal(meaning: str) -> dict[str, Any]:
    problem = {"schema": {"$ref": f"{_SCHEMAS}ProblemDetails"}}
    return {"description": meaning, "content": {"application/problem+json": problem}}


def _example() -> Any:
    name = f"examples/{AssessmentSubmittedV1.TYPE}.json"
    return json.loads((resources.files("contracts") / name).read_text("utf-8"))


def _reached(schemas: dict[str, Any], paths: dict[str, Any]) -> dict[str, Any]:
    """The schemas that the paths name, and those that these name: no other service's."""
    reached: dict[str, Any] = {}
    named = _names(paths)
    while named - reached.keys():
        reached |= {name: schemas[name] for name in named}
        named = _names(reached)
    return reached


def _names(part: object) -> set[str]:
    return set(re.findall(rf'"{_SCHEMAS}([^"]+)"', json.dumps(part)))


def add_reference(api: FastAPI) -> None:
    """Serve the pages and the documents they are made of."""
    router = APIRouter(include_in_schema=False)
    templates = Environment(
        loader=PackageLoader("services.agencies"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )

    @cache
    def openapi() -> dict[str, Any]:
        return describe(api)

    @router.get("/docs")
    async def show_api(request: Request) -> HTMLResponse:
        root = request.scope.get("root_path", "")
        return get_swagger_ui_html(
            openapi_url=f"{root}/docs/openapi.json",
            title="Kith: the agencies' API",
            swagger_js_url=f"{root}{_ASSETS}/swagger-ui-bundle.js",
            swagger_css_url=f"{root}{_ASSETS}/swagger-ui.css",
            swagger_favicon_url="data:,",
        )

    @router.get("/docs/openapi.json")
    async def show_openapi() -> JSONResponse:
        return JSONResponse(openapi())

    @router.get("/docs/asyncapi.json")
    async def show_asyncapi() -> Response:
        return Response(asyncapi_document(), media_type="application/json")

    @router.get("/docs/events")
    async def show_events() -> HTMLResponse:
        return HTMLResponse(templates.get_template("events.html").render(topics=read_topics()))

    api.include_router(router)
    with resources.as_file(resources.files("fastapi_offline") / "static") as assets:
        api.mount(_ASSETS, StaticFiles(directory=assets), name="reference-assets")
