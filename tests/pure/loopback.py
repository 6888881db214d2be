"""A real HTTP server on 127.0.0.1 that answers what a test tells it to, and remembers what it was asked."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SHOP = "my-shop.myshopify.com"
TOKEN = "token-that-nobody-may-see"


def answer(data=None, *, status=200, headers=(), requested=10, actual=10, available=1990, **more):
    """A GraphQL answer with its cost: (status, headers, body)."""
    bucket = {"maximumAvailable": 2000.0, "currentlyAvailable": available, "restoreRate": 100.0}
    cost = {"requestedQueryCost": requested, "actualQueryCost": actual, "throttleStatus": bucket}
    body = {"extensions": {"cost": cost}, **({} if data is None else {"data": data}), **more}
    return raw(json.dumps(body), status=status, headers=headers)


def refusal(code, message="No.", data=None, **more):
    """A GraphQL answer with one top-level error."""
    error = {"message": message, "extensions": {"code": code}} if code else {"message": message}
    return answer(data, errors=[error], actual=None, **more)


def raw(body="", *, status=200, headers=()):
    common = {"X-Request-Id": "req-1", "X-Shopify-API-Version": "2026-10", "Content-Type": "application/json"}
    return status, {**common, **dict(headers)}, body.encode() if isinstance(body, str) else body


class Loopback:
    """`script` holds the answers in order; the last one is given again. An answer is (status, headers, body) or a
    function of the request handler that writes for itself."""

    def __init__(self):
        self.script = []
        self.requests = []
        self.connections = set()
        loopback = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                loopback.connections.add(self.client_address)
                loopback.requests.append((self.path, self.headers, body))
                script = loopback.script
                step = script.pop(0) if len(script) > 1 else script[0]
                if callable(step):
                    step(self)
                    return
                status, headers, content = step
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_POST

            def log_message(self, *_args):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    @property
    def tokens(self):
        return [headers.get("X-Shopify-Access-Token") for _path, headers, _body in self.requests]

    def sent(self, index=-1):
        return json.loads(self.requests[index][2])


class Time:
    """A clock that moves only when somebody sleeps."""

    def __init__(self):
        self.now = 1000.0
        self.slept = []

    def clock(self):
        return self.now

    def sleep(self, seconds):
        self.slept.append(seconds)
        self.now += seconds


def hang_up(handler):
    """Take the request and close the connection without a word: it may have been applied."""
    handler.close_connection = True
