"""The HTTP layer: time-outs that are really set, bounds, and what it must not pick up from its surroundings."""

import threading
import time

import pytest
import requests
from loopback import Loopback, answer, raw
from requests.adapters import HTTPAdapter

from shopify_api import errors, transport


@pytest.fixture
def server():
    loopback = Loopback()
    yield loopback
    loopback.close()


def post(server, session=None, headers=None, **options):
    return transport.post(
        session or transport.new_session(), server.url, "/x", data=b"{}", headers=headers or {}, **options
    )


def test_every_request_has_both_time_outs_also_below_a_patched_send(server, monkeypatch):
    seen = []
    send_of_adapter, send_of_session = HTTPAdapter.send, requests.Session.send

    def adapter_send(self, request, **options):
        seen.append(options["timeout"])
        return send_of_adapter(self, request, **options)

    def session_send(self, request, **options):
        # What Odoo's test classes do: compare, which a pair of numbers would break.
        if options.get("timeout") and options["timeout"] < 10:
            options["timeout"] = 10
        return send_of_session(self, request, **options)

    monkeypatch.setattr(HTTPAdapter, "send", adapter_send)
    monkeypatch.setattr(requests.Session, "send", session_send)
    server.script = [answer({})]
    post(server)
    assert seen == [(5, 30)]


def test_a_server_that_takes_the_request_and_says_nothing_is_given_up(server, monkeypatch):
    monkeypatch.setattr(transport, "TIMEOUT", (1, 0.2))
    release = threading.Event()
    server.script = [lambda handler: release.wait(5)]
    began = time.monotonic()
    with pytest.raises(errors.OutcomeUnknown):
        post(server)
    release.set()
    assert time.monotonic() - began < 2


def test_a_server_that_drips_is_given_up(server):
    ticks = iter(range(0, 10_000, 40))

    def drip(handler):
        handler.send_response(200)
        handler.send_header("Transfer-Encoding", "chunked")
        handler.end_headers()
        try:
            for _ in range(100):
                handler.wfile.write(b"1\r\n \r\n")
                handler.wfile.flush()
        except OSError:
            pass

    server.script = [drip]
    with pytest.raises(errors.OutcomeUnknown, match="60 seconds"):
        post(server, clock=lambda: next(ticks))


@pytest.mark.parametrize("packed", [False, True])
def test_an_answer_beyond_the_bound_is_not_read_to_its_end(server, monkeypatch, packed):
    import gzip

    monkeypatch.setattr(transport, "LARGEST", 1024 * 1024)
    content = b" " * (4 * 1024 * 1024)
    headers = {"Content-Encoding": "gzip"} if packed else {}
    server.script = [raw(gzip.compress(content) if packed else content, headers=headers)]
    with pytest.raises(errors.OutcomeUnknown, match="larger than 1 MB"):
        post(server)


def test_an_answer_that_breaks_off_is_no_answer(server):
    def break_off(handler):
        handler.send_response(200)
        handler.send_header("Content-Length", "1000")
        handler.end_headers()
        handler.wfile.write(b'{"data": {}}')
        handler.close_connection = True

    server.script = [break_off]
    with pytest.raises(errors.OutcomeUnknown):
        post(server)


def test_a_name_that_does_not_exist_and_a_wrong_scheme_are_told_apart(server):
    session = transport.new_session()
    with pytest.raises(errors.Unreachable, match="name"):
        transport.post(session, "https://no-such-shop.invalid", "/x", data=b"", headers={})
    # TLS against a server that speaks none: nothing we meant to say went out, but it cannot be told from a break.
    with pytest.raises(errors.ShopifyError):
        transport.post(session, server.url.replace("http:", "https:"), "/x", data=b"", headers={})


def test_an_untrusted_certificate_is_told_and_nothing_is_sent(tmp_path):
    import ssl
    import subprocess

    made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "key.pem", "-out", "cert.pem"]
    try:
        subprocess.run([*made, "-days", "1", "-subj", "/CN=localhost"], cwd=tmp_path, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("openssl is needed to make a certificate")
    loopback = Loopback()
    loopback.script = [answer({})]
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "cert.pem", tmp_path / "key.pem")
    loopback.server.socket = context.wrap_socket(loopback.server.socket, server_side=True)
    try:
        with pytest.raises(errors.Unreachable, match="certificate"):
            transport.post(transport.new_session(), loopback.url.replace("http:", "https:"), "/x", data=b"", headers={})
        assert not loopback.requests
    finally:
        loopback.close()


def test_a_proxy_of_the_environment_gets_no_word_that_is_meant_for_this_machine(server, monkeypatch):
    proxy = Loopback()
    proxy.script = [answer({})]
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, proxy.url)
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    server.script = [answer({})]
    try:
        post(server, headers={"X-Shopify-Access-Token": "t"})
        assert (len(server.requests), len(proxy.requests)) == (1, 0)
    finally:
        proxy.close()


def test_credentials_of_netrc_are_not_added(server, tmp_path, monkeypatch):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password something\n")
    monkeypatch.setenv("NETRC", str(netrc))
    server.script = [answer({})]
    post(server)
    assert "Authorization" not in server.requests[0][1]


def test_cookies_are_not_kept(server):
    session = transport.new_session()
    server.script = [raw("{}", headers={"Set-Cookie": "who=me; Path=/"})]
    post(server, session)
    post(server, session)
    assert "Cookie" not in server.requests[1][1]


def test_the_guard_comes_before_everything(server):
    class Forbidden(Exception):
        pass

    def forbid():
        raise Forbidden

    with pytest.raises(Forbidden):
        post(server, guard=forbid)
    assert not server.requests


def test_a_session_of_somebody_who_cannot_wait_gives_up_sooner(server):
    server.script = [lambda handler: time.sleep(2)]
    started = time.monotonic()
    with pytest.raises(errors.OutcomeUnknown):
        transport.post(transport.new_session((1, 0.2)), server.url, "/x", data=b"{}", headers={})
    assert time.monotonic() - started < 1.5
