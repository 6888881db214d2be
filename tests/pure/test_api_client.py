"""The client against a real HTTP server: what is sent, what is repeated, what is raised, what is never told."""

import json
import traceback
from datetime import datetime, timezone
from decimal import Decimal

import pytest
from loopback import SHOP, TOKEN, Loopback, Time, answer, hang_up, raw, refusal

from shopify_api import client, documents, errors, transport

LEVELS = {"input": {"name": "on_hand", "reason": "correction", "quantities": []}, "key": "a-key-of-a-job"}
SET = "inventory_set_quantities"


@pytest.fixture
def server():
    loopback = Loopback()
    yield loopback
    loopback.close()


@pytest.fixture
def time():
    return Time()


@pytest.fixture
def make(server, time):
    made = []

    def make_client(**options):
        values = {"token": lambda renew: TOKEN, "endpoint": server.url, "sleep": time.sleep, "clock": time.clock}
        made.append(client.Client(SHOP, **{**values, **options}))
        return made[-1]

    yield make_client
    for each in made:
        each.close()


def raised(kind, act):
    """The error of this very class, which tells nothing it should not, whichever way it is shown."""
    with pytest.raises(errors.ShopifyError) as caught:
        act()
    error = caught.value
    assert type(error) is kind
    shown = "".join(traceback.format_exception(error)) + str(error) + repr(error) + repr(vars(error))
    assert TOKEN not in shown
    assert "127.0.0.1" not in str(error)
    assert error.__cause__ is None and error.__context__ is None
    return error


# ---- what is sent, what comes back ----------------------------------------------------------------------------------


def test_a_document_is_posted_with_the_token_and_answered_with_data_cost_and_version(server, make):
    server.script = [answer({"orders": {"nodes": []}}, requested=13, actual=2, available=1998)]
    got = make().execute("orders", {"query": "id:1", "after": None})
    path, headers, _body = server.requests[0]
    assert path == "/admin/api/2026-10/graphql.json"
    assert headers["X-Shopify-Access-Token"] == TOKEN
    assert headers["Content-Type"] == "application/json"
    assert "shopify_sync" in headers["User-Agent"]
    assert server.sent()["variables"] == {"query": "id:1", "after": None}
    assert server.sent()["operationName"] == "Orders"
    assert "#" not in server.sent()["query"]
    assert got.data == {"orders": {"nodes": []}}
    assert (got.cost.requested, got.cost.actual, got.cost.available, got.cost.restore_rate) == (13, 2, 1998, 100)
    assert (got.request_id, got.version, got.errors, got.warnings) == ("req-1", "2026-10", (), ())


def test_fractions_are_exact_and_large_ids_too(server, make):
    server.script = [raw('{"data": {"order": {"rate": 0.1, "id": 866550311766439020}}}')]
    order = make().execute("order__fulfillment_orders", {"id": "x"}).data["order"]
    assert order["rate"] + Decimal("0.2") == Decimal("0.3")
    assert order["id"] == 866550311766439020


def test_decimals_are_sent_as_text_and_other_objects_are_refused_before_sending(server, make):
    server.script = [answer({"order": None})]
    make().execute("order__fulfillment_orders", {"id": Decimal("1.10")})
    assert server.sent()["variables"] == {"id": "1.10"}
    with pytest.raises(TypeError):
        make().execute("order__fulfillment_orders", {"id": object()})
    with pytest.raises(ValueError):
        make().execute("order__fulfillment_orders", {"id": float("nan")})
    assert len(server.requests) == 1


def test_the_version_that_answered_is_told(server, make):
    server.script = [answer({"order": None}, headers={"X-Shopify-API-Version": "2027-01"})]
    assert make().execute("order__fulfillment_orders", {"id": "x"}).version == "2027-01"


def test_another_version_that_answers_is_heard(server, make):
    heard = []
    server.script = [
        answer({"order": None}, headers={"X-Shopify-API-Version": "2027-01"}),
        answer({"order": None}),
        answer({"order": None}, headers={"X-Shopify-API-Version": ""}),
    ]
    listening = make(other_version=heard.append)
    for _time in range(3):
        listening.execute("order__fulfillment_orders", {"id": "x"})
    assert heard == ["2027-01"]


def test_warnings_of_a_search_are_told(server, make):
    warning = {"field": "updated_at", "message": "Not understood.", "code": "invalid_field"}
    server.script = [raw(json.dumps({"data": {"orders": {}}, "extensions": {"search": [{"warnings": [warning]}]}}))]
    assert make().execute("orders").warnings == (
        client.SearchWarning("updated_at", "Not understood.", "invalid_field"),
    )


def test_an_unknown_document_is_not_looked_for_elsewhere(make):
    for name in ("no_such", "../client", "order.graphql", ""):
        with pytest.raises(LookupError):
            make().execute(name)


def test_user_errors_are_read_with_and_without_code(server, make):
    server.script = [
        answer(
            {
                SET: {
                    "userErrors": [
                        {
                            "field": ["input", "quantities", "3"],
                            "message": "Stale.",
                            "code": "CHANGE_FROM_QUANTITY_STALE",
                        },
                        {"field": None, "message": "Plain."},
                    ],
                    "orderCancelUserErrors": [{"field": ["a"], "message": "Typed."}],
                },
                "other": None,
            }
        )
    ]
    got = make().execute(SET, LEVELS)
    assert got.user_errors(SET) == (
        client.UserError(("input", "quantities", "3"), "Stale.", "CHANGE_FROM_QUANTITY_STALE"),
        client.UserError((), "Plain.", None),
        client.UserError(("a",), "Typed.", None),
    )
    assert got.user_errors("other") == ()
    with pytest.raises(KeyError):
        got.user_errors("misspelled")


# ---- errors in the answer -------------------------------------------------------------------------------------------


def test_a_partial_denial_keeps_the_data_and_is_not_repeated(server, make, time):
    error = {"message": "Access denied.", "path": ["shop", "plan"], "extensions": {"code": "ACCESS_DENIED"}}
    server.script = [answer({"shop": {"plan": None}, "currentAppInstallation": None}, errors=[error])]
    got = make().execute("connection")
    assert got.data["shop"] == {"plan": None}
    assert got.errors == (errors.Problem("Access denied.", "ACCESS_DENIED", ("shop", "plan")),)
    assert (len(server.requests), time.slept) == (1, [])


@pytest.mark.parametrize(
    ("code", "data", "kind"),
    [
        ("ACCESS_DENIED", {"order": None}, errors.Forbidden),
        ("MAX_COST_EXCEEDED", None, errors.InvalidDocument),
        ("undefinedField", None, errors.InvalidDocument),
        ("BAD_REQUEST", {"inventorySetQuantities": None}, errors.InvalidDocument),
        ("RESOURCE_NOT_FOUND", {"order": None}, errors.InvalidDocument),
        ("SHOP_INACTIVE", None, errors.Locked),
        (None, None, errors.InvalidDocument),
    ],
)
def test_an_error_without_usable_data_is_raised_at_once(server, make, code, data, kind):
    server.script = [refusal(code, "Why not.", data)]
    error = raised(kind, lambda: make().execute("order__fulfillment_orders", {"id": "x"}))
    assert (error.code, error.status, error.request_id, error.retryable) == (code, 200, "req-1", False)
    assert "Why not." in str(error) and "req-1" in str(error)
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("status", "kind", "retryable"),
    [
        (301, errors.NotFound, False),
        (400, errors.InvalidDocument, False),
        (402, errors.PaymentRequired, False),
        (403, errors.Forbidden, False),
        (404, errors.NotFound, False),
        (406, errors.InvalidDocument, False),
        (423, errors.Locked, False),
        (430, errors.Throttled, True),
    ],
)
def test_an_http_status_has_its_error_and_is_not_repeated(server, make, status, kind, retryable):
    server.script = [raw('{"errors": "No."}', status=status)]
    error = raised(kind, lambda: make().execute("orders"))
    assert (error.status, error.retryable, error.request_id) == (status, retryable, "req-1")
    assert len(server.requests) == 1


def test_a_null_without_errors_is_an_answer(server, make):
    server.script = [answer({"order": None})]
    assert make().execute("order__fulfillment_orders", {"id": "x"}).data == {"order": None}


# ---- what is repeated -----------------------------------------------------------------------------------------------


FAILURES = {
    "500": raw("oops", status=500),
    "503": raw("", status=503),
    "hang up": hang_up,
    "no JSON": raw("<html>"),
    "no object": raw("[1]"),
    "neither data nor errors": raw("{}"),
    "too deep": raw("[" * 100_000),
    "NaN": raw('{"data": {"order": NaN}}'),
    "internal": refusal("INTERNAL_SERVER_ERROR", data={"x": None}),
}


@pytest.mark.parametrize("failure", FAILURES.values(), ids=FAILURES)
def test_a_query_that_failed_is_repeated(server, make, time, failure):
    server.script = [failure, failure, answer({"order": None})]
    assert make().execute("order__fulfillment_orders", {"id": "x"}).data == {"order": None}
    assert len(server.requests) == 3
    assert 0.25 <= time.slept[0] <= 0.75 and 0.5 <= time.slept[1] <= 1.5


@pytest.mark.parametrize("failure", FAILURES.values(), ids=FAILURES)
def test_a_mutation_that_failed_is_never_repeated(server, make, time, failure):
    server.script = [failure, answer({SET: {}})]
    error = raised(errors.OutcomeUnknown, lambda: make().execute(SET, LEVELS))
    assert error.retryable
    assert (len(server.requests), time.slept) == (1, [])


def test_a_query_is_given_up_after_four_attempts_within_patience(server, make, time):
    server.script = [raw("", status=500)]
    error = raised(errors.ShopifyInternal, lambda: make().execute("orders"))
    assert (error.status, error.retryable, len(server.requests)) == (500, True, 4)
    assert sum(time.slept) <= client.PATIENCE


def test_a_slow_failure_uses_the_patience_up(server, make, time):
    def slow(handler):
        time.now += 16
        hang_up(handler)

    server.script = [slow]
    raised(errors.Unreachable, lambda: make().execute("orders"))
    assert (len(server.requests), time.slept) == (1, [])


@pytest.mark.parametrize("document", ["orders", SET])
def test_where_nobody_listens_nothing_was_sent_and_it_is_tried_again(make, time, document):
    gone = Loopback()
    gone.close()
    error = raised(errors.Unreachable, lambda: make(endpoint=gone.url).execute(document, LEVELS))
    assert error.retryable
    assert len(time.slept) == client.ATTEMPTS - 1


def test_retry_after_of_a_503_is_honored(server, make, time):
    server.script = [raw("", status=503, headers={"Retry-After": "3"}), answer({"orders": {}})]
    make().execute("orders")
    assert time.slept == [3.0]


# ---- the token ------------------------------------------------------------------------------------------------------


def test_a_refused_token_is_renewed_once_and_the_mutation_sent_again(server, make):
    asked = []

    def token(renew):
        asked.append(renew)
        return "new" if renew else "old"

    server.script = [raw('{"errors": "[API] Invalid API key"}', status=401), answer({SET: {}})]
    make(token=token).execute(SET, LEVELS)
    assert asked == [False, True]
    assert server.tokens == ["old", "new"]


def test_a_renewed_token_that_is_refused_too_is_the_end(server, make):
    asked = []
    server.script = [raw(json.dumps({"errors": f"Wrong: {TOKEN}"}), status=401)]
    error = raised(
        errors.Unauthorized, lambda: make(token=lambda renew: asked.append(renew) or TOKEN).execute("orders")
    )
    assert (asked, len(server.requests), error.status) == ([False, True], 2, 401)


@pytest.mark.parametrize("bad", ["", None, TOKEN + "\n", TOKEN + " x", "tökén" + TOKEN, 5])
def test_a_token_that_cannot_be_one_is_neither_sent_nor_told(server, make, bad):
    server.script = [answer({"orders": {}})]
    raised(errors.Unauthorized, lambda: make(token=lambda renew: bad).execute("orders"))
    assert not server.requests


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(server, make, status):
    elsewhere = Loopback()
    elsewhere.script = [answer({"orders": {}})]
    try:
        server.script = [raw("", status=status, headers={"Location": f"{elsewhere.url}/admin"})]
        raised(errors.NotFound, lambda: make().execute("orders"))
        assert not elsewhere.requests
        assert len(server.requests) == 1
    finally:
        elsewhere.close()


def test_an_error_quotes_neither_variables_nor_token(server, make):
    mail, street = "bob@example.com", 'Main "Street" 1\nBack'
    quoted = f"Could not coerce {mail} {json.dumps(street)} 5550123 {TOKEN} shpat_0123abc for $id"
    server.script = [refusal("INVALID_VARIABLE", quoted)]
    variables = {"id": mail, "deep": [{"street": street, "phone": 5550123}]}
    error = raised(errors.InvalidDocument, lambda: make().execute("order__fulfillment_orders", variables))
    for secret in (mail, "Street", "5550123", "shpat_", TOKEN):
        assert secret not in str(error)
    assert "for $id" in str(error)
    # The same beside data, where it is kept.
    server.script = [refusal("INVALID_VARIABLE", quoted, {"a": 1})]
    (problem,) = make().execute("order__fulfillment_orders", variables).errors
    assert mail not in problem.message and TOKEN not in problem.message


def test_the_guard_is_asked_before_every_request_and_forbids(server, make):
    asked = []
    server.script = [raw("", status=500), answer({"orders": {}})]
    make(guard=lambda: asked.append(1)).execute("orders")
    assert len(asked) == 2

    class InsideAUsersTransaction(Exception):
        pass

    def forbid():
        raise InsideAUsersTransaction

    with pytest.raises(InsideAUsersTransaction):
        make(guard=forbid).execute("orders")
    assert len(server.requests) == 2


def test_clients_of_one_store_share_a_connection(server, make):
    server.script = [answer({"orders": {}})]
    session = transport.new_session()
    for _ in range(3):
        make(session=session).execute("orders")
    assert (len(server.requests), len(server.connections)) == (3, 1)


# ---- reading only, and the time ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", documents.names())
def test_a_client_that_only_reads_changes_nothing(server, make, name):
    server.script = [answer({})]
    only_reading = make(read_only=True)
    if documents.load(name).mutation and name != "bulk_operation_run_query":  # which only asks for a list
        error = raised(errors.ReadOnly, lambda: only_reading.execute(name, {}))
        assert not error.retryable
        assert not server.requests
    else:
        only_reading.execute(name, {})
        assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("header", "clock"),
    [
        ("Tue, 24 Nov 2026 20:00:05 GMT", datetime(2026, 11, 24, 20, 0, 5, tzinfo=timezone.utc)),
        ("soon", None),
        ("", None),
    ],
)
def test_the_time_of_an_answer_is_read_from_its_header(header, clock):
    assert client._moment(header) == clock


def test_an_answer_says_what_time_shopify_has(make, server):
    server.script = [answer({"shop": {}})]
    difference = datetime.now(timezone.utc) - make().execute("connection", {}).clock
    assert abs(difference.total_seconds()) < 30
