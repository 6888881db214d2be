"""Files beside the API: where they may lie, that no token goes there, and what comes of broken ones."""

import json
import socket
import traceback
from decimal import Decimal

import pytest
from loopback import Loopback, Time, hang_up, raw

from shopify_api import bulk, errors, transport

SIGNED = "?signature=never-" + "told"
PUBLIC = "https://storage.example/results/1" + SIGNED


def resolving(*addresses):
    def resolve(host, port, type):
        if not addresses:
            raise socket.gaierror
        return [(socket.AF_INET, type, 6, "", (address, port)) for address in addresses]

    return resolve


@pytest.fixture
def server():
    loopback = Loopback()
    yield loopback
    loopback.close()


def read(server, path="/result.jsonl" + SIGNED, **options):
    return list(bulk.rows(transport.new_session(), server.url + path, override=server.url, **options))


def untold(caught):
    shown = "".join(traceback.format_exception(caught.value)) + repr(vars(caught.value))
    assert "never-told" not in shown
    assert caught.value.__context__ is None
    return caught.value


# ---- where -----------------------------------------------------------------------------------------------------------


def test_a_public_https_address_is_allowed():
    assert bulk.check_url(PUBLIC, resolve=resolving("8.8.8.8", "2001:4860:4860::8888")) == PUBLIC
    assert bulk.check_url("https://8.8.8.8:443/x")


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1",
        "fd00::1",
        "ff02::1",
        "::ffff:10.0.0.1",
        "64:ff9b::10.0.0.1",
        "2002:7f00:1::",
    ],
)
def test_no_private_address_by_number_or_by_name(address):
    host = f"[{address}]" if ":" in address else address
    with pytest.raises(bulk.Misdirected):
        bulk.check_url(f"https://{host}/x")
    with pytest.raises(bulk.Misdirected):
        bulk.check_url(PUBLIC, resolve=resolving("8.8.8.8", address))


@pytest.mark.parametrize(
    "url",
    [
        None,
        "",
        7,
        "http://storage.example/x",
        "ftp://storage.example/x",
        "file:///etc/passwd",
        "//storage.example/x",
        "https:///x",
        "https://storage.example:8443/x",
        "https://storage.example:99999/x",
        "https://user@storage.example/x",
        "https://storage.example\\@127.0.0.1/x",
        "https://storage.example/x\r\nHost: evil",
        "https://[::1/x",
        "https://storage.example/" + "x" * 9000,
    ],
)
def test_nothing_but_plain_https(url):
    with pytest.raises(bulk.Misdirected):
        bulk.check_url(url, resolve=resolving("8.8.8.8"))


def test_a_name_that_nobody_knows_is_unreachable():
    with pytest.raises(errors.Unreachable):
        bulk.check_url(PUBLIC, resolve=resolving())


def test_the_override_opens_this_machine_and_only_below_itself():
    base = "http://127.0.0.1:8123"
    assert bulk.check_url(base + "/x", base)
    for url in (base + "4/x", "http://127.0.0.1:9/x", "http://127.0.0.1:8123@evil.example/x", base):
        with pytest.raises(bulk.Misdirected):
            bulk.check_url(url, base)
    with pytest.raises(bulk.Misdirected):
        bulk.check_url("http://10.0.0.1:80/x", "http://10.0.0.1:80")


# ---- results ---------------------------------------------------------------------------------------------------------


def test_lines_come_exact_without_a_token(server):
    lines = [r'{"id":"gid:\/\/shopify\/Product\/1","price":1.10}', '{"__parentId":"gid://shopify/Product/1"}', ""]
    server.script = [raw("\n".join(lines))]
    assert read(server) == [
        {"id": "gid://shopify/Product/1", "price": Decimal("1.10")},
        {"__parentId": "gid://shopify/Product/1"},
    ]
    ((path, headers, _body),) = server.requests
    assert path == "/result.jsonl" + SIGNED
    assert not {"x-shopify-access-token", "authorization", "cookie"} & {name.lower() for name in headers}


def test_a_result_without_rows_has_no_file():
    assert list(bulk.rows(transport.new_session(), None)) == []


def test_lines_that_cross_parts_are_whole(server, monkeypatch):
    monkeypatch.setattr(bulk, "_PART", 7)
    values = [{"number": number, "text": "x" * number} for number in range(40)]
    server.script = [raw("".join(json.dumps(value) + "\n" for value in values))]
    assert read(server) == values


def test_rows_come_before_the_file_is_whole(server):
    def write_and_wait(handler):
        handler.send_response(200)
        handler.send_header("Content-Length", str(10**9))
        handler.end_headers()
        handler.wfile.write(b'{"a":1}\n' + b" " * bulk._PART)
        handler.wfile.flush()
        handler.close_connection = True

    server.script = [write_and_wait]
    lines = bulk.rows(transport.new_session(), server.url + "/x", override=server.url)
    assert next(lines) == {"a": 1}
    with pytest.raises(errors.Unreachable):
        list(lines)


@pytest.mark.parametrize(
    ("step", "kind"),
    [
        (raw('{"a":1}\n{"b":'), errors.Unreachable),
        (raw("no JSON\n"), errors.ShopifyInternal),
        (raw("[1]\n"), errors.ShopifyInternal),
        (raw("", status=403), errors.NotFound),
        (raw("", status=404), errors.NotFound),
        (raw("", status=302, headers={"Location": "http://127.0.0.1:1/"}), errors.InvalidDocument),
        (raw("", status=503), errors.ShopifyInternal),
        (raw("", status=400), errors.InvalidDocument),
        (hang_up, errors.Unreachable),
    ],
)
def test_a_broken_file_has_its_error_which_tells_no_address(server, step, kind):
    server.script = [step]
    with pytest.raises(kind) as caught:
        read(server)
    untold(caught)
    assert len(server.requests) == 1


def test_size_line_and_time_are_bounded(server, monkeypatch):
    server.script = [raw('{"a":1}\n' * 100)]
    with pytest.raises(errors.ShopifyInternal):
        read(server, largest=100)
    time = Time()

    def clock():
        time.now += 10
        return time.now

    with pytest.raises(errors.Unreachable):
        read(server, longest=5, clock=clock)
    monkeypatch.setattr(bulk, "LONGEST_LINE", 50)
    server.script = [raw('{"a":"' + "x" * 100 + '"}\n' + "x" * 100)]
    with pytest.raises(errors.ShopifyInternal):
        read(server)


def test_the_guard_forbids(server):
    class Forbidden(Exception):
        pass

    def forbid():
        raise Forbidden

    with pytest.raises(Forbidden):
        read(server, guard=forbid)
    with pytest.raises(Forbidden):
        bulk.upload(transport.new_session(), {"url": server.url + "/x"}, b"", override=server.url, guard=forbid)
    assert not server.requests


# ---- uploads ---------------------------------------------------------------------------------------------------------


def put(server, content=b'{"a": 1}\n', **target):
    target = {"url": server.url + "/bucket", "parameters": [{"name": "key", "value": "tmp/1"}], **target}
    return bulk.upload(transport.new_session(), target, content, override=server.url)


def test_an_upload_sends_the_parameters_then_the_file_and_no_token(server):
    server.script = [raw("", status=201)]
    put(server)
    ((path, headers, body),) = server.requests
    assert path == "/bucket"
    assert headers["Content-Type"].startswith("multipart/form-data")
    assert body.index(b'name="key"') < body.index(b"tmp/1") < body.index(b'name="file"') < body.index(b'{"a": 1}')
    assert "X-Shopify-Access-Token" not in headers


@pytest.mark.parametrize(
    ("step", "kind"),
    [
        (raw("", status=400), errors.InvalidDocument),
        (raw("", status=500), errors.ShopifyInternal),
        (hang_up, errors.Unreachable),
    ],
)
def test_an_upload_that_fails_says_so(server, step, kind):
    server.script = [step]
    with pytest.raises(kind) as caught:
        put(server, url=server.url + "/bucket" + SIGNED)
    untold(caught)


def test_an_upload_goes_nowhere_else_and_has_its_limit(server, monkeypatch):
    with pytest.raises(bulk.Misdirected):
        put(server, url="http://127.0.0.1:1/x")
    monkeypatch.setattr(bulk, "LARGEST_UPLOAD", 5)
    with pytest.raises(ValueError):
        put(server)
    assert not server.requests


def test_input_is_one_object_a_line():
    assert bulk.jsonl([{"input": {"price": Decimal("1.10"), "title": "a\nb"}}, {}]) == (
        b'{"input": {"price": "1.10", "title": "a\\nb"}}\n{}\n'
    )
    with pytest.raises(TypeError):
        bulk.jsonl([{"x": object()}])
