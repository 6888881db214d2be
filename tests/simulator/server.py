"""HTTP: the Admin API, the token endpoint, the shop's page and the control door, on a loopback port.

One instance is one shop. Keep-alive, and headers with body in one packet: two packets would cost 40 ms (delayed
ACK)."""

import json
import re
import threading
import time
import traceback
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

from . import app, bulk, control, execute, oauth, page, schema
from .faults import REQUEST

_GRAPHQL = re.compile(r"/admin/api/(\d{4}-\d\d|unstable)/graphql\.json")
_LARGEST = 20_000_000
_WORDS = {
    "401": "[API] Invalid API key or access token (unrecognized login or wrong password)",
    "402": "This shop is currently frozen.",
    "403": "This app is not allowed to do that.",
    "404": "Not Found",
    "423": "This shop is locked.",
    "429": "Exceeded 2 calls per second for api client. Reduce request rates to resume uninterrupted service.",
    "430": "Shopify Security Rejection",
}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = 120

    @property
    def shop(self):
        return self.server.shop

    def log_message(self, *_):
        """Silent: the call log and the page say what happened."""

    def answer(self, status, body, content_type="application/json; charset=utf-8", headers=()):
        if not isinstance(body, bytes):
            body = (body if isinstance(body, str) else json.dumps(body, ensure_ascii=False, default=str)).encode()
        lines = [
            f"HTTP/1.1 {status} {self.responses.get(int(status), ('Answer',))[0]}",
            f"Content-Type: {content_type}",
            f"Content-Length: {len(body)}",
            f"X-Request-Id: {uuid.uuid4()}-{int(time.time())}",
            f"X-Shopify-API-Version: {self.shop.api_version}",
            *(f"{name}: {value}" for name, value in headers),
        ]
        head = ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")
        self.wfile.write(head if self.command == "HEAD" else head + body)

    def drop(self):
        """Close the connection without an answer."""
        self.close_connection = True
        self.connection.close()

    def _content(self) -> bytes:
        length = int(self.headers.get("Content-Length") or 0)
        if length > _LARGEST:
            self.close_connection = True
            raise ValueError("too large")
        return self.rfile.read(length)

    def do_GET(self):
        parts = urlsplit(self.path)
        if parts.path == "/":
            return self.answer(200, page.render(self.shop), "text/html; charset=utf-8")
        if parts.path == "/admin/oauth/authorize":
            status, address = oauth.authorize(self.shop, dict(parse_qsl(parts.query)))
            return self.answer(status, "", "text/html", [("Location", address)] if address else ())
        if parts.path.startswith("/_bulk/"):
            content = bulk.file(self.shop, parts.path)
            return self.answer(404 if content is None else 200, content or b"", "application/jsonl")
        if parts.path.startswith("/_control/"):
            return self.answer(*control.get(self.shop, parts.path, dict(parse_qsl(parts.query))))
        return self.answer(404, {"errors": "Not Found"})

    do_HEAD = do_GET

    def do_POST(self):
        try:
            self._post()
        except OSError:
            raise
        except Exception:
            # A bug of the simulator: whoever runs it must see it, and a client must not wait for an answer.
            traceback.print_exc()
            self.answer(500, {"errors": "the simulator has a bug: see its standard error"})

    def _post(self):
        path = urlsplit(self.path).path
        try:
            content = self._content()
        except ValueError:
            return self.answer(413, {"errors": "Request too large"})
        if match := _GRAPHQL.fullmatch(path):
            return self._graphql(match[1], content)
        if path == "/admin/oauth/access_token":
            return self._token(content)
        if path.startswith("/_control/"):
            return self._control(path, content)
        return self.answer(404, {"errors": "Not Found"})

    def do_DELETE(self):
        self.answer(*control.delete(self.shop, urlsplit(self.path).path))

    def _control(self, path, content):
        try:
            given = json.loads(content or b"{}")
        except ValueError:
            return self.answer(400, {"error": "the body is not JSON"})
        return self.answer(*control.post(self.shop, path, given))

    def _token(self, content):
        fault = self.shop.faults.take("access_token", *REQUEST - {"throttle"})
        lost = fault is not None and fault.kind in ("timeout_after", "http_500_after")
        if not lost and self._broken(fault, "access_token"):
            return None
        try:
            form = json.loads(content) if "json" in self.headers.get("Content-Type", "") else None
        except ValueError:
            form = {}
        if form is None:
            form = dict(parse_qsl(content.decode("utf-8", "replace")))
        status, answer = oauth.grant(self.shop, form if isinstance(form, dict) else {})
        self.shop.record([("access_token", 0)], "ok" if status == 200 else status)
        if lost and fault.kind == "timeout_after":
            return self.drop()
        if lost:
            return self.answer(500, {"errors": "Internal Server Error"})
        return self.answer(status, answer)

    def _graphql(self, version, content):
        shop = self.shop
        if version != "unstable" and version > schema.VERSION:
            return self.answer(404, {"errors": "Not Found"})
        if not app.allowed(shop, self.headers.get("X-Shopify-Access-Token")):
            shop.record([("*", 0)], 401)
            return self.answer(401, {"errors": _WORDS["401"]})
        if "json" not in self.headers.get("Content-Type", ""):
            return self.answer(400, {"errors": {"query": "Required parameter missing or invalid"}})
        try:
            body = json.loads(content)
        except ValueError:
            return self.answer(400, {"errors": {"query": "Required parameter missing or invalid"}})
        if not isinstance(body, dict) or not isinstance(body.get("variables") or {}, dict):
            return self.answer(400, {"errors": {"query": "Required parameter missing or invalid"}})
        roots = self._roots(body)
        fault = shop.faults.take(roots, *REQUEST - {"throttle"})
        kind = fault and fault.kind
        if kind not in ("timeout_after", "http_500_after") and self._broken(fault, *roots):
            return None
        answer = execute.run(shop, body, shop.record)
        if kind == "timeout_after":
            time.sleep(fault.seconds)
            return self.drop()
        if kind == "http_500_after":
            return self.answer(500, {"errors": "Internal Server Error"})
        return self.answer(200, answer)

    @staticmethod
    def _roots(body) -> list:
        """Root fields of the request, for planned faults only; a document that does not parse has none."""
        document = execute.document(body["query"]) if isinstance(body.get("query"), str) else None
        if document is None or document.errors:
            return []
        operation = document.operation(body.get("operationName") or None)
        selections = operation.selection_set.selections if operation else ()
        return [node.name.value for node in selections if hasattr(node, "name")]

    def _broken(self, fault, *roots) -> bool:
        """Answer (or do not) as a planned fault wants; False if the request is to go on."""
        if fault is None:
            return False
        if fault.kind == "slow":
            time.sleep(fault.seconds)
            return False
        status = "timeout" if fault.kind == "timeout_before" else int(fault.kind.removeprefix("http_"))
        self.shop.record([(root, 0) for root in roots or ("*",)], status)
        if status == "timeout":
            time.sleep(fault.seconds)
            self.drop()
        elif status >= 500:
            self.answer(status, "<html><body>Something went wrong.</body></html>", "text/html")
        else:
            wait = [("Retry-After", "1.0")] if status == 429 else ()
            self.answer(status, {"errors": _WORDS.get(fault.kind, "Error")}, headers=wait)
        return True


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128
    allow_reuse_address = True

    def handle_error(self, request, client_address):
        """A connection that the client gave up is no error of the shop's."""


class Running:
    """A shop that answers. `url` is its base address; `stop()` ends it; also a context manager."""

    def __init__(self, shop, port=0):
        self.shop = shop
        self._server = _Server(("127.0.0.1", port), Handler)
        self._server.shop = shop
        self.port = self._server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"
        shop.base_url = self.url
        shop.webhooks.start()
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True, name="simulator")
        self._thread.start()

    def stop(self):
        self.shop.webhooks.stop()
        self._server.shutdown()
        self._server.server_close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()
