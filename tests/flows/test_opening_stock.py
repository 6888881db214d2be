from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import Form, new_test_user, tagged

from ...flows import opening_stock_in
from ..common import CATALOG, ShopifyCase

TWO_PLACES = {**CATALOG, "locations": [{"name": "Berlin"}, {"name": "Outlet"}]}


@tagged("post_install", "-at_install")
class TestOpeningStock(ShopifyCase):
    catalog = TWO_PLACES

    def setUp(self):
        super().setUp()
        self.berlin = self.store.location_ids.filtered(lambda place: place.name == "Berlin")
        self.outlet = self.store.location_ids - self.berlin
        self.shelf = self.env["stock.location"].create(
            {"name": "Outlet", "location_id": self.warehouse.view_location_id.id, "usage": "internal"}
        )
        self.berlin.location_ids = self.warehouse.lot_stock_id
        self.outlet.location_ids = self.shelf
        self.drain()
        # What a shop has that sold for years before Odoo came.
        self.shop.set_stock("MUG", 12, "Berlin")
        self.shop.set_stock("MUG", 3, "Outlet")
        self.shop.set_stock("TENT", 5, "Berlin")
        self.shop.take_deliveries()
        self.poster = self.env["shopify.variant"].search([("sku", "=", "POSTER")])

    def preview(self, **values):
        opening = self.env["shopify.opening.stock"].create({"store_id": self.store.id, **values})
        opening.action_read()
        self.drain()
        return opening

    def shown(self, opening):
        return {
            (line.variant_id.sku, line.location_id.name): (
                line.odoo_quantity,
                line.shopify_quantity,
                line.state,
                line.obstacle,
            )
            for line in opening.line_ids
        }

    def apply(self, opening):
        opening.action_apply()
        self.drain()

    def on_hand(self, product, location=None):
        return product.with_context(location=(location or self.warehouse.lot_stock_id).id).qty_available

    def test_a_preview_shows_both_sides_and_changes_neither(self):
        self.receive(self.tent, 5)
        with self.shop.calls() as calls:
            opening = self.preview()
        self.assertEqual(opening.state, "preview")
        self.assertEqual(
            self.shown(opening),
            {
                ("MUG", "Berlin"): (0, 12, "ready", False),
                ("MUG", "Outlet"): (0, 3, "ready", False),
                ("TENT", "Berlin"): (5, 5, "equal", False),
            },
        )
        berlin = opening.place_ids.filtered(lambda place: place.location_id == self.berlin)
        self.assertEqual((berlin.shopify_pieces, berlin.odoo_pieces, berlin.change_count), (17, 5, 1))
        self.assertEqual(calls, {"bulkOperationRunQuery": 1, "bulkOperation": 1})
        self.assertEqual((self.on_hand(self.mug), self.shop.on_hand("MUG", "Berlin")), (0, 12))

    def test_shopifys_quantities_become_odoos_with_moves_that_say_why(self):
        opening = self.preview()
        self.apply(opening)
        self.assertEqual((opening.state, opening.applied_count, opening.applied_by_id), ("done", 3, self.env.user))
        self.assertEqual(
            (self.on_hand(self.mug), self.on_hand(self.mug, self.shelf), self.on_hand(self.tent)), (12, 3, 5)
        )
        moves = self.env["stock.move"].search([("product_id", "in", (self.mug | self.tent).ids)])
        self.assertEqual(moves.mapped("state"), ["done"] * 3)
        self.assertTrue(all(move.is_inventory for move in moves))
        self.assertEqual(set(moves.mapped("reference")), {f"Opening stock from Demo ({opening.id})"})
        self.assertTrue(self.berlin.opening_stock_at and self.outlet.opening_stock_at)

    def test_nothing_is_sent_meanwhile_and_nothing_has_to_be_sent_afterwards(self):
        with self.shop.calls() as calls:
            opening = self.preview()
            self.assertFalse(self.store.push_stock)
            self.receive(self.tent, 1)  # somebody works on
            self.drain()
            self.assertEqual(self.shop.on_hand("TENT", "Berlin"), 5)
            self.apply(opening)
        self.assertTrue(self.store.push_stock)
        self.assertEqual((self.shop.on_hand("MUG", "Berlin"), self.shop.on_hand("MUG", "Outlet")), (12, 3))
        mugs = self.env["shopify.level"].search([("variant_id.sku", "=", "MUG")])
        self.assertEqual(sorted(mugs.mapped("on_hand")), [3, 12])
        self.assertIn("inventorySetQuantities", calls)  # the tent's, which changed in Odoo

    def test_goods_that_moved_after_the_preview_are_not_counted_twice(self):
        opening = self.preview()
        self.receive(self.mug, 2)
        self.apply(opening)
        self.assertEqual(self.shown(opening)["MUG", "Berlin"][2:], ("obstacle", "changed"))
        self.assertEqual((self.on_hand(self.mug), self.on_hand(self.mug, self.shelf)), (2, 3))
        self.assertEqual((opening.state, opening.applied_count, opening.obstacle_count), ("done", 2, 1))

    def test_what_other_locations_hold_already_is_not_put_in_once_more(self):
        rack = self.env["stock.location"].create({"name": "Rack", "location_id": self.warehouse.lot_stock_id.id})
        self.receive(self.mug, 4, rack)
        self.receive(self.tent, 9, rack)
        opening = self.preview()
        self.assertEqual(self.shown(opening)["MUG", "Berlin"], (4, 12, "ready", False))
        self.assertEqual(self.shown(opening)["TENT", "Berlin"], (9, 5, "obstacle", "elsewhere"))
        self.apply(opening)
        self.assertEqual(self.on_hand(self.mug), 12)
        quant = self.env["stock.quant"].search(
            [("product_id", "=", self.mug.id), ("location_id", "=", self.warehouse.lot_stock_id.id)]
        )
        self.assertEqual(quant.quantity, 8)

    def test_what_cannot_be_taken_over_is_listed_with_the_reason(self):
        self.mug.tracking = "lot"
        self.tent.is_storable = False
        self.shop.set_stock("POSTER", 6, "Berlin")
        opening = self.preview()
        self.assertEqual(
            {key: row[2:] for key, row in self.shown(opening).items()},
            {
                ("MUG", "Berlin"): ("obstacle", "lot"),
                ("MUG", "Outlet"): ("obstacle", "lot"),
                ("TENT", "Berlin"): ("obstacle", "uncounted"),
                ("POSTER", "Berlin"): ("obstacle", "unlinked"),
            },
        )
        self.assertTrue(all(opening.line_ids.mapped("advice")))
        self.poster.product_id = self.mug
        opening.action_read()
        self.drain()
        self.assertEqual(opening.obstacle_count, 4)
        self.mug.tracking = "none"
        opening.action_read()
        self.drain()
        self.assertEqual(self.shown(opening)["POSTER", "Berlin"][2:], ("obstacle", "shared"))
        self.assertEqual(opening.ready_count, 0)

    def test_a_kit_is_not_counted_but_its_components_are(self):
        if "mrp.bom" not in self.env:
            self.skipTest("mrp is not installed in this database")
        poster = self.env["product.product"].create({"name": "Set", "type": "consu", "is_storable": True})
        self.poster.product_id = poster
        self.env["mrp.bom"].create(
            {
                "product_tmpl_id": poster.product_tmpl_id.id,
                "type": "phantom",
                "bom_line_ids": [Command.create({"product_id": self.mug.id, "product_qty": 2})],
            }
        )
        self.shop.set_stock("POSTER", 4, "Berlin")
        opening = self.preview()
        self.assertEqual(self.shown(opening)["POSTER", "Berlin"][2:], ("obstacle", "kit"))
        self.apply(opening)
        self.assertEqual((opening.state, self.on_hand(self.mug)), ("done", 12))

    def test_what_odoo_refuses_is_listed_and_stops_nothing_else(self):
        opening = self.preview()
        quants, refuse = type(self.env["stock.quant"]), self.tent

        origin = quants.action_apply_inventory

        def apply(quant_records, *args, **kwargs):
            if refuse in quant_records.product_id:
                raise UserError(self.env._("Tents are being counted by the auditors."))
            return origin(quant_records, *args, **kwargs)

        self.patch(quants, "action_apply_inventory", apply)
        self.apply(opening)
        self.assertEqual(self.shown(opening)["TENT", "Berlin"][2:], ("obstacle", "refused"))
        self.assertEqual(opening.line_ids.filtered("refusal").refusal, "Tents are being counted by the auditors.")
        self.assertEqual((opening.state, opening.applied_count), ("done", 2))
        self.assertEqual((self.on_hand(self.mug), self.on_hand(self.mug, self.shelf)), (12, 3))

    def test_it_is_done_again_only_by_somebody_who_knows(self):
        self.apply(self.preview())
        self.shop.set_stock("MUG", 20, "Berlin")
        opening = self.env["shopify.opening.stock"].create({"store_id": self.store.id})
        self.assertTrue(opening.is_repeated)
        with self.assertRaisesRegex(UserError, "already"):
            opening.action_read()
        self.assertTrue(self.store.push_stock)
        opening.again = True
        opening.action_read()
        self.drain()
        self.apply(opening)
        self.assertEqual(self.on_hand(self.mug), 20)

    def test_one_at_a_time_and_discarding_sends_stock_again(self):
        opening = self.preview()
        with self.assertRaisesRegex(UserError, "under way"):
            self.env["shopify.opening.stock"].create({"store_id": self.store.id}).action_read()
        opening.action_discard()
        self.assertTrue(self.store.push_stock)
        self.assertEqual((opening.state, opening.held_push), ("cancel", False))
        self.receive(self.mug, 1)
        self.drain()
        self.assertEqual(self.shop.on_hand("MUG", "Berlin"), 1)  # Odoo's number, as before
        self.assertFalse(self.env["shopify.reading"].search([]))

    def test_old_numbers_are_no_opening_stock(self):
        opening = self.preview()
        opening.read_at = fields.Datetime.now() - timedelta(hours=25)
        with self.assertRaisesRegex(UserError, "Read them again"):
            opening.action_apply()

    def test_only_some_locations(self):
        form = Form(self.env["shopify.opening.stock"])
        form.store_id = self.store
        self.assertEqual(len(form.place_ids), 2)
        names = [place["location_id"] for place in form.place_ids._records]
        form.place_ids.remove(names.index(self.outlet.id))
        opening = form.save()
        opening.action_read()
        self.drain()
        self.assertEqual({place for _sku, place in self.shown(opening)}, {"Berlin"})
        self.apply(opening)
        self.assertFalse(self.outlet.opening_stock_at)

    def test_chunks_come_to_the_same(self):
        self.patch(opening_stock_in, "CHUNK", 1)
        self.patch(opening_stock_in, "SECONDS", 0)
        opening = self.preview()
        self.apply(opening)
        self.assertEqual((opening.state, opening.applied_count), ("done", 3))
        self.assertEqual((self.on_hand(self.mug), self.on_hand(self.tent)), (12, 5))

    def test_who_may(self):
        opening = self.preview()
        manager = new_test_user(self.env, "mona", groups="shopify_sync.group_manager")
        with self.assertRaises(AccessError):
            opening.with_user(new_test_user(self.env, "uwe", groups="shopify_sync.group_user")).action_apply()
        if not manager.has_group("stock.group_stock_user"):
            with self.assertRaisesRegex(AccessError, "rights in Inventory"):
                opening.with_user(manager).action_apply()
        both = new_test_user(self.env, "bert", groups="shopify_sync.group_manager,stock.group_stock_user")
        opening.with_user(both).action_apply()
        self.drain()
        self.assertEqual((opening.state, opening.applied_by_id), ("done", both))
