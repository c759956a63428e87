"""`GET /admin/v1/openapi.json`: the admin API described, made from the operations that are served and the types they read and write."""

import inspect
import re
from collections.abc import Iterable, Mapping, Sequence
from http import HTTPStatus
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from router import __version__
from router.control.bodies import json_answer
from router.control.guard import REQUEST_ID
from router.control.operation import Operation, Parameter
from router.control.problem_json import ProblemDocument

PATH = "/admin/v1/openapi.json"
_EVERYWHERE = (400, 401, 403, 429, 503)
_WITH_BODY = (413, 422)
_Schema = dict[str, Any]


class OpenApi:
    """The document of some operations and of itself. It needs a token like everything under /admin."""

    def __init__(self, operations: Sequence[Operation]) -> None:
        self._operations = operations

    def operations(self) -> list[Operation]:
        """What this noun offers."""
        return [Operation(f"GET {PATH}", self.show, role="viewer", answer=dict[str, Any])]

    async def show(self, request: Request) -> Response:
        """This document (OpenAPI 3.1)."""
        return json_answer(openapi_document([*self._operations, *self.operations()]))


def openapi_document(operations: Sequence[Operation]) -> _Schema:
    """The OpenAPI 3.1 document of some operations."""
    kinds = [kind for operation in operations for kind in (operation.body, operation.answer) if kind is not None]
    kinds = [*dict.fromkeys([ProblemDocument, *kinds])]
    schemas, components = msgspec.json.schema_components(kinds, ref_template="#/components/schemas/{name}")
    by_kind = dict(zip(kinds, schemas, strict=True))
    paths: dict[str, _Schema] = {}
    for operation in operations:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _operation(operation, by_kind)
    return {
        "openapi": "3.1.0",
        "info": {"title": "hybrid-router admin API", "version": __version__, "description": _ABOUT},
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "schemas": {name: _tidy(schema) for name, schema in components.items()},
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "responses": {str(status): _problem(status, by_kind) for status in sorted(_all_problems(operations))},
        },
    }


def _operation(operation: Operation, by_kind: Mapping[Any, _Schema]) -> _Schema:
    summary, _, more = inspect.cleandoc(operation.endpoint.__doc__ or "").partition("\n")
    described = {
        "operationId": _operation_id(operation),
        "tags": [operation.path.removeprefix("/admin").split("/")[2].partition(".")[0]],
        "summary": summary.rstrip("."),
        "description": f"{summary}\n{more}".strip() + f"\n\nNeeds the role `{operation.role}`.",
        "x-role": operation.role,
        "parameters": [*_path_parameters(operation.path), *map(_parameter, (*operation.parameters, _REQUEST_ID))],
        "responses": {
            **{str(status): _success(operation, by_kind) for status in (operation.status, *operation.other)},
            **{str(status): {"$ref": f"#/components/responses/{status}"} for status in problems_of(operation)},
        },
    }
    if operation.body is not None:
        described["requestBody"] = {
            "required": "null" not in str(by_kind[operation.body].get("anyOf")),
            "content": {
                "application/json": {
                    "schema": by_kind[operation.body],
                    **({"examples": examples} if (examples := _examples(operation)) else {}),
                }
            },
        }
    return described


def _examples(operation: Operation) -> _Schema:
    return {name: {"value": body} for name, body in operation.examples.items()}


def problems_of(operation: Operation) -> list[int]:
    """Every error that an operation may be answered with."""
    found = {*_EVERYWHERE, *operation.problems}
    found |= {404} if "{" in operation.path else set()
    found |= {*_WITH_BODY} if operation.body is not None else set()
    return sorted(found)


def _all_problems(operations: Iterable[Operation]) -> set[int]:
    return {status for operation in operations for status in problems_of(operation)}


def _operation_id(operation: Operation) -> str:
    words = re.findall(r"[A-Za-z0-9]+", operation.path.removeprefix("/admin/v1/"))
    return operation.method.lower() + "".join(word[:1].upper() + word[1:] for word in words)


def _path_parameters(path: str) -> list[_Schema]:
    return [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}
        for name in re.findall(r"\{(\w+)\}", path)
    ]


def _parameter(parameter: Parameter) -> _Schema:
    return {
        "name": parameter.name,
        "in": parameter.place,
        "required": parameter.required,
        "description": parameter.description,
        "schema": parameter.schema,
    }


def _success(operation: Operation, by_kind: Mapping[Any, _Schema]) -> _Schema:
    schema = by_kind.get(operation.answer, {})
    return {"description": "Done.", "headers": _HEADERS, "content": {"application/json": {"schema": schema}}}


def _problem(status: int, by_kind: Mapping[Any, _Schema]) -> _Schema:
    headers = _HEADERS | ({"Retry-After": _RETRY_AFTER} if status in (429, 503) else {})
    content = {"application/problem+json": {"schema": by_kind[ProblemDocument]}}
    return {"description": HTTPStatus(status).phrase + ".", "headers": headers, "content": content}


def _tidy(schema: Any) -> Any:
    """Docstrings without the indentation that they have in the source."""
    if isinstance(schema, dict):
        return {
            key: inspect.cleandoc(value) if key == "description" and isinstance(value, str) else _tidy(value)
            for key, value in schema.items()
        }
    return [_tidy(item) for item in schema] if isinstance(schema, list) else schema


_ABOUT = """Look after a running router: connections and their modes, regulations, dead letters, tokens.

Every call needs a bearer token. A role may do what those before it may: viewer, operator, admin; `x-role` says which one an
operation needs. Errors are problem documents (RFC 9457); `errors` points into the body with JSON pointers."""
_REQUEST_ID = Parameter(
    name="X-Request-Id",
    place="header",
    schema={"type": "string", "pattern": f"^{REQUEST_ID.pattern}$"},
    description="Named in the audit log and in the answer; another text than this is replaced by an id of our own.",
)
_HEADERS: _Schema = {"X-Request-Id": {"description": "The request's id.", "schema": {"type": "string"}}}
_RETRY_AFTER: _Schema = {"description": "Seconds to wait.", "schema": {"type": "integer"}}
