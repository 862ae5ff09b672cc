"""The documentation: the OpenAPI document, and a page made from it that needs no other host."""

from __future__ import annotations

from functools import cache
from html import escape
from typing import Any, Final

from litestar import MediaType, Response, get
from litestar.handlers import HTTPRouteHandler

from engine.api.openapi import JSON, document, document_json
from engine.errors import TITLE_BY_CODE

DOCUMENT: Final = "/schema/openapi.json"
_STYLE: Final = """
:root{color-scheme:light dark;--line:#8884;--ink2:#777}
body{font:16px/1.6 system-ui,"Noto Sans SC",sans-serif;max-width:60rem;margin:0 auto;padding:1.5rem}
h1,h2,h3{line-height:1.25}h2{margin-top:3rem;border-bottom:1px solid var(--line)}
code{font:0.9em ui-monospace,monospace}
table{border-collapse:collapse;width:100%;display:block;overflow:auto}
td,th{text-align:left;vertical-align:top;padding:.3rem .8rem .3rem 0;border-bottom:1px solid var(--line)}
.method{display:inline-block;min-width:4.2em;font-weight:700}.quiet{color:var(--ink2)}
article{margin:2rem 0}summary{cursor:pointer}nav a{display:block}
"""
_METHODS: Final = ("get", "post", "patch", "delete")


def document_route() -> HTTPRouteHandler:
    """Return the route of the OpenAPI document."""

    @get(DOCUMENT, sync_to_thread=False, media_type=JSON)
    def openapi_document() -> Response[bytes]:
        return Response(document_json(), media_type=JSON, headers={"Cache-Control": "no-cache"})

    return openapi_document


def page_route() -> HTTPRouteHandler:
    """Return the route of the page."""

    @get("/docs", sync_to_thread=False, media_type=MediaType.HTML)
    def docs_page() -> Response[str]:
        headers = {
            "Cache-Control": "no-cache",
            "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
        }
        return Response(page(), media_type=MediaType.HTML, headers=headers)

    return docs_page


@cache
def page() -> str:
    """Return the page: operations, shapes, error codes."""
    described = document()
    operations = [
        (method.upper(), path, item[method])
        for path, item in described["paths"].items()
        for method in _METHODS
        if method in item
    ]
    links = "".join(
        f'<a href="#{one["operationId"]}"><code class="method">{method}</code> <code>{escape(path)}</code> '
        f'<span class="quiet">{escape(one["summary"])}</span></a>'
        for method, path, one in operations
    )
    body = "".join(_operation(method, path, one) for method, path, one in operations)
    shapes = "".join(_shape(name, one) for name, one in sorted(described["components"]["schemas"].items()))
    codes = "".join(
        f'<tr id="{code}"><td><code>{code}</code></td><td>{escape(title)}</td></tr>'
        for code, title in TITLE_BY_CODE.items()
    )
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>youhui API</title>'
        f'<meta name="viewport" content="width=device-width,initial-scale=1"><style>{_STYLE}</style></head><body>'
        f"<h1>youhui API</h1><p>{_text(described['info']['description'])}</p>"
        f'<p>The same for programs: <a href="{DOCUMENT}">{DOCUMENT}</a></p>'
        "<h2>Who you are</h2><p>Send <code>Authorization: Bearer</code> and a member's session or an API key.</p>"
        f"<h2>Operations</h2><nav>{links}</nav>{body}"
        f"<h2>Shapes</h2>{shapes}"
        "<h2>Errors</h2><p>Every error is <code>application/problem+json</code> (RFC 9457); <code>code</code> is "
        f"stable.</p><table><tr><th>code</th><th>meaning</th></tr>{codes}</table></body></html>"
    )


def _operation(method: str, path: str, one: dict[str, Any]) -> str:
    who = " or ".join(next(iter(scheme)) for scheme in one["security"]) or "anyone"
    parameters = "".join(
        f"<tr><td><code>{escape(each['name'])}</code></td><td>{each['in']}{'' if each['required'] else ', optional'}"
        f"</td><td><code>{escape(_type(each['schema']))}</code> {_text(each.get('description', ''))}</td></tr>"
        for each in one.get("parameters", ())
    )
    body = one.get("requestBody")
    takes = f"<p>Takes {_content(body['content'])}</p>" if body else ""
    answers = "".join(_answer(status, each) for status, each in one["responses"].items())
    return (
        f'<article id="{one["operationId"]}"><h3><code>{method} {escape(path)}</code></h3>'
        f"<p><b>{escape(one['summary'])}.</b> {_text(one.get('description', ''))}</p><p class=quiet>For: {who}</p>"
        f"{f'<table>{parameters}</table>' if parameters else ''}{takes}<table>{answers}</table></article>"
    )


def _answer(status: str, one: dict[str, Any]) -> str:
    schema = next(iter(one["content"].values()))["schema"]
    if "allOf" in schema:
        codes = schema["allOf"][1]["properties"]["code"]["enum"]
        said = ", ".join(f'<a href="#{code}"><code>{code}</code></a>' for code in codes)
    else:
        said = _content(one["content"])
    return f"<tr><td>{status}</td><td>{said}</td></tr>"


def _shape(name: str, one: dict[str, Any]) -> str:
    required = one.get("required", [])
    rows = "".join(
        f"<tr><td><code>{escape(field)}</code>{'' if field in required else ' <span class=quiet>optional</span>'}</td>"
        f"<td><code>{escape(_type(schema))}</code></td></tr>"
        for field, schema in one.get("properties", {}).items()
    )
    return (
        f'<article id="{name}"><h3>{name}</h3><p>{_text(one.get("description", ""))}</p><table>{rows}</table></article>'
    )


def _content(content: dict[str, Any]) -> str:
    """Say what a body is: a shape, or a file of a media type."""
    [(media_type, one)] = content.items()
    return _link(one["schema"]) if "$ref" in one["schema"] else f"a file, <code>{escape(media_type)}</code>"


def _link(schema: dict[str, Any]) -> str:
    name = schema["$ref"].rpartition("/")[2]
    return f'<a href="#{name}"><code>{name}</code></a>'


def _type(schema: dict[str, Any]) -> str:
    """Say a schema in one line."""
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "anyOf" in schema:
        return " | ".join(map(_type, schema["anyOf"]))
    if "enum" in schema:
        return " | ".join(map(str, schema["enum"]))
    kind = str(schema.get("format", schema.get("type", "any")))
    if kind == "array":
        return f"[{_type(schema.get('items', {}))}]"
    bounds = [f"{word} {schema[key]}" for key, word in _BOUNDS.items() if key in schema]
    return f"{kind} ({', '.join(bounds)})" if bounds else kind


_BOUNDS: Final = {
    "minimum": "≥",
    "maximum": "≤",
    "minLength": "length ≥",
    "maxLength": "length ≤",
    "minItems": "items ≥",
    "maxItems": "items ≤",
}


def _text(words: str) -> str:
    """Escape *words*, with what stands between backticks as code."""
    parts = escape(words).replace("``", "`").split("`")
    return "".join(f"<code>{part}</code>" if place % 2 else part for place, part in enumerate(parts))
