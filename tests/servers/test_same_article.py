"""Two people ship the same article at once: with the addon nobody waits or fails more than without it (DESIGN 2.1)."""

import contextlib
import os
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from demonstration.doors import User
from prefork import scene
from prefork.database import Database
from prefork.server import Server
from psycopg2 import errors

PEOPLE = 2
EACH = 15
# What two transactions A and B do, one after another; both have begun, and seen the database, before the first of it.
TURNS = (
    ("A works", "B works", "A commits", "B commits"),
    ("A works", "B works", "B commits", "A commits"),
    ("A works", "A commits", "B works", "B commits"),
)
CONFLICTS = {
    errors.LockNotAvailable: "waits",
    errors.SerializationFailure: "fails",
    errors.DeadlockDetected: "fails",
    errors.UniqueViolation: "fails",
}


@pytest.fixture(scope="module")
def plain():
    """Odoo with the same modules and articles, without the addon."""
    with Database(os.environ["TEMPLATE_DB"], "servers") as database:
        with database.environment() as env:
            scene.furnish(env)
        yield database


def sold(database, count) -> list:
    """Deliveries of as many orders of one piece, packed; of an Odoo without shop."""
    with database.environment() as env:
        partner = env["res.partner"].create({"name": "Anna Kunde"})
        product = env["product.product"].search([("default_code", "=", "A0")])
        orders = env["sale.order"].create(
            [
                {"partner_id": partner.id, "order_line": [(0, 0, {"product_id": product.id, "product_uom_qty": 1})]}
                for _number in range(count)
            ]
        )
        orders.action_confirm()
        for move in orders.picking_ids.move_ids:
            move.write({"quantity": move.product_uom_qty, "picked": True})
        return orders.picking_ids.ids


def sold_by_shopify(stage, count, first_buyer) -> list:
    stage.settle()
    pickings = [picking for _order, picking in stage.imported(count, [("A0", 1)], first_buyer=first_buyer)]
    stage.pack(pickings)
    stage.settle()
    return pickings


def take_turns(database, turns, pickings) -> dict:
    """Validate one delivery in each of two transactions, in this order. :return: {"A works": "waits", …} of what went wrong"""
    from odoo import SUPERUSER_ID, api

    wrong = {}
    with contextlib.ExitStack() as open_cursors:
        cursors = {name: open_cursors.enter_context(contextlib.closing(database.registry.cursor())) for name in "AB"}
        for cr in cursors.values():
            cr.execute("SET LOCAL lock_timeout = '2s'")
            cr.execute("SELECT count(*) FROM stock_quant")
        for turn in turns:
            name, does = turn.split()
            if any(other.startswith(name) for other in wrong):
                continue
            cr = cursors[name]
            try:
                if does == "works":
                    picking = api.Environment(cr, SUPERUSER_ID, {})["stock.picking"].browse(pickings["AB".index(name)])
                    picking.with_context(skip_backorder=True).button_validate()
                    cr.flush()  # what is appended at commit, too
                else:
                    cr.commit()
            except tuple(CONFLICTS) as conflict:
                wrong[turn] = CONFLICTS[type(conflict)]
                cr.rollback()
    return wrong


@pytest.mark.parametrize("turns", TURNS, ids=["one_after_the_other", "the_second_first", "seen_before_the_other"])
def test_two_transactions_meet_nowhere_they_would_not_meet_without_the_addon(stage, plain, turns):
    theirs = take_turns(plain, turns, sold(plain, 2))
    ours = take_turns(stage.database, turns, sold_by_shopify(stage, 2, 900 + 10 * TURNS.index(turns)))
    stage.settle()
    assert ours == theirs


@pytest.mark.parametrize("with_addon", [False, True], ids=["without_the_addon", "with_the_addon"])
def test_two_people_validate_many_deliveries_of_one_article(stage, plain, with_addon):
    with contextlib.ExitStack() as stack:
        if with_addon:
            pickings, database, server = sold_by_shopify(stage, PEOPLE * EACH, 950), stage.database, stage.server
        else:
            pickings, database = sold(plain, PEOPLE * EACH), plain
            plain.close()
            server = stack.enter_context(Server(plain.name, crons=0))
        on_hand = stage.shop.on_hand("A0")
        said = len(server.log.read_text())
        people = [User(server.url, database.name, "admin") for _ in range(PEOPLE)]
        together = threading.Barrier(PEOPLE)

        def ship(person, mine):
            together.wait()
            return [
                person.call("stock.picking", "button_validate", [one], context={"skip_backorder": True}) for one in mine
            ]

        with ThreadPoolExecutor(PEOPLE) as pool:
            shares = [pickings[number::PEOPLE] for number in range(PEOPLE)]
            assert list(pool.map(ship, people, shares)) == [[True] * EACH] * PEOPLE
        assert database.one(
            "SELECT count(*) FROM stock_picking WHERE id = ANY(%s) AND state = 'done'", pickings
        ) == len(pickings)
        refused = refused_in_requests(server, server.log.read_text()[said:])
    # A request may have been repeated, as Odoo does by itself; none because of a row of ours.
    assert not [query for query in refused if "shopify_" in query]
    if with_addon:
        stage.settle()
        assert stage.shop.on_hand("A0") == on_hand - len(pickings)


def refused_in_requests(server, log) -> list:
    """Statements that PostgreSQL refused to users. (The two runners may meet at a level, and repeat their own work.)"""
    pids = {str(one.pid) for one in server.workers() if "WorkerHTTP" in " ".join([one.name(), *one.cmdline()])}
    assert pids
    lines = [line for line in log.splitlines() if "bad query" in line and line.split()[2] in pids]
    return [line.partition("bad query")[2] for line in lines]
