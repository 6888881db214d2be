"""What is offered: forecasts, policies, rules, kits, and items that Shopify is not ready for; and how it is told to a person."""

import unittest
from datetime import timedelta

import psycopg2.errors

from odoo import fields
from odoo.exceptions import ValidationError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from ..common import ShopifyCase


class OfferCase(ShopifyCase):
    def setUp(self):
        super().setUp()
        self.place = self.store.location_ids

    def pushed(self, sku="MUG", location=None):
        self.drain()
        return self.shop.on_hand(sku, location)

    def level(self, sku="MUG"):
        return self.env["shopify.level"].search([("variant_id.sku", "=", sku), ("store_id", "=", self.store.id)])

    def rule(self, **values):
        return self.env["shopify.stock.rule"].create({"store_id": self.store.id, **values})

    def move(self, product, pieces, *, out=False, days=0):
        elsewhere = self.env.ref("stock.stock_location_customers" if out else "stock.stock_location_suppliers")
        here = self.warehouse.lot_stock_id
        move = self.env["stock.move"].create(
            {
                "product_id": product.id,
                "product_uom_qty": pieces,
                "location_id": (here if out else elsewhere).id,
                "location_dest_id": (elsewhere if out else here).id,
                "date": fields.Datetime.now() + timedelta(days=days),
                "picking_type_id": (self.warehouse.out_type_id if out else self.warehouse.in_type_id).id,
            }
        )
        move._action_confirm()
        return move

    def walk_in(self, product, pieces):
        sale = self.env["sale.order"].create(
            {
                "partner_id": self.env["res.partner"].create({"name": "Walk-in"}).id,
                "order_line": [Command.create({"product_id": product.id, "product_uom_qty": pieces})],
            }
        )
        sale.action_confirm()
        return sale


@tagged("post_install", "-at_install")
class TestStockOffer(OfferCase):
    def test_the_formula_is_told_with_its_numbers(self):
        self.receive(self.mug, 14)
        self.walk_in(self.mug, 3)
        self.place.safety_pieces = 2
        self.drain()
        level = self.level()
        level.committed = 4
        self.assertEqual(
            level.offer_formula,
            "On hand 14 − reserved for others 3 − safety 2 = 9. Shopify has 4 of them committed, so 5 can be bought.",
        )
        self.assertEqual((level.offer_on_hand, level.offer_reserved, level.offer_safety), (14, 3, 2))
        self.assertEqual((level.offer_target, level.offer_buyable, level.offer_difference), (9, 5, 0))

    def test_a_level_shows_what_is_not_sent_yet(self):
        self.receive(self.mug, 5)
        self.drain()
        self.receive(self.mug, 2)
        self.assertEqual((self.level().on_hand, self.level().offer_target, self.level().offer_difference), (5, 7, 2))

    def test_a_user_without_a_right_on_stock_sees_the_formula(self):
        self.receive(self.mug, 5)
        self.drain()
        user = new_test_user(self.env, "offer-user", groups="shopify_sync.group_user")
        self.assertEqual(self.level().with_user(user).offer_formula, "On hand 5 = 5. 5 can be bought.")

    def test_why_nothing_is_sent_is_told(self):
        self.receive(self.mug, 5)
        self.drain()
        level = self.level()
        level.variant_id.tracked = False
        self.assertIn("switch on “Track quantity”", level.offer_formula)
        level.variant_id.tracked = True
        level.location_id.is_fulfillment_service = True
        self.assertIn("run by a fulfillment service", level.offer_formula)
        self.assertFalse(level.offer_is_sent)

    def test_a_policy_of_the_location(self):
        self.receive(self.mug, 23)
        self.place.write({"multiple": 6})
        self.assertEqual(self.pushed(), 18)
        self.place.write({"multiple": 1, "cap": 5})
        self.assertEqual(self.pushed(), 5)
        self.place.write({"cap": 0, "share_percent": 50})
        self.assertEqual(self.pushed(), 11)
        self.place.write({"share_percent": 100, "safety_percent": 10})
        self.assertEqual(self.pushed(), 20)

    def test_a_cap_is_on_what_can_be_bought(self):
        self.place.cap = 5
        order, _sale = self.ordered([("MUG", 2)])
        self.drain()
        self.assertEqual((self.shop.on_hand("MUG"), self.shop.available("MUG")), (7, 5))
        self.ship(self.sale(order))
        self.drain()
        self.assertEqual((self.shop.on_hand("MUG"), self.shop.available("MUG")), (5, 5))

    def test_the_most_specific_rule_counts_as_a_whole(self):
        category = self.env["product.category"].create({"name": "Camping"})
        below = self.env["product.category"].create({"name": "Tents", "parent_id": category.id})
        self.tent.categ_id = below
        self.receive(self.tent, 20)
        self.rule(safety_pieces=1)
        self.assertEqual(self.pushed("TENT"), 19)
        self.rule(category_id=category.id, safety_pieces=3)
        self.assertEqual(self.pushed("TENT"), 17)
        by_product = self.rule(product_tmpl_id=self.tent.product_tmpl_id.id, cap=10)
        self.assertEqual(self.pushed("TENT"), 10)
        self.rule(product_id=self.tent.id, location_id=self.place.id, action="nothing")
        self.assertEqual(self.pushed("TENT"), 0)
        self.assertEqual(self.pushed("MUG"), 0)
        by_product.store_id.location_ids.ensure_one()
        self.env["shopify.stock.rule"].search([]).unlink()
        self.assertEqual(self.pushed("TENT"), 20)

    def test_what_is_left_alone_keeps_shopifys_quantity(self):
        self.receive(self.mug, 5)
        self.drain()
        self.rule(product_id=self.mug.id, action="leave")
        self.shop.set_stock("MUG", 77)
        self.receive(self.mug, 1)
        self.assertEqual(self.pushed(), 77)
        self.assertIn("leave Shopify's quantity alone", self.level().offer_formula)

    def test_a_rule_without_sense_is_refused(self):
        for values in ({"multiple": 0}, {"share_percent": 101}, {"safety_pieces": -1}):
            with self.subTest(values), self.assertRaises(psycopg2.errors.CheckViolation), self.env.cr.savepoint():
                self.rule(**values)
        other = self.env["shopify.store"].create({"name": "Other", "shop_domain": "other-offer.myshopify.com"})
        with self.assertRaisesRegex(ValidationError, "belongs to another store"):
            self.env["shopify.stock.rule"].create({"store_id": other.id, "location_id": self.place.id})

    def test_an_archived_product_is_not_offered_and_is_again_when_it_returns(self):
        self.receive(self.mug, 5)
        self.assertEqual(self.pushed(), 5)
        self.mug.active = False
        self.assertEqual(self.pushed(), 0)
        self.mug.active = True
        self.assertEqual(self.pushed(), 5)

    def test_a_forecast_counts_what_comes_and_all_that_goes(self):
        self.receive(self.mug, 5)
        self.place.quantity_basis = "forecast"
        purchase = self.move(self.mug, 10, days=30)
        self.assertEqual(self.pushed(), 15)
        self.move(self.mug, 4, out=True, days=60)
        self.assertEqual(self.pushed(), 11)
        self.place.write({"quantity_basis": "forecast_days", "forecast_days": 7})
        self.assertEqual(self.pushed(), 1)  # what is promised counts whatever its date
        purchase.date = fields.Datetime.now() + timedelta(days=6)
        self.assertEqual(self.pushed(), 11)
        purchase._action_cancel()
        self.assertEqual(self.pushed(), 1)

    def test_this_stores_own_orders_are_not_subtracted_from_a_forecast(self):
        self.place.quantity_basis = "forecast"
        self.ordered([("MUG", 2)])
        self.assertEqual((self.pushed(), self.shop.available("MUG")), (10, 8))

    def test_a_date_that_passes_is_an_event(self):
        self.receive(self.mug, 5)
        self.place.write({"quantity_basis": "forecast_days", "forecast_days": 7})
        purchase = self.move(self.mug, 10, days=8)
        self.assertEqual(self.pushed(), 5)
        self.env.flush_all()
        # Two days later, as the database sees it: nobody touched the move.
        self.env.cr.execute("UPDATE stock_move SET date = date - interval '2 days' WHERE id = %s", [purchase.id])
        self.env.invalidate_all()
        self.assertEqual(self.pushed(), 5)
        since = fields.Datetime.now() - timedelta(days=2)
        self.env["shopify.location"].with_context(lastcall=since)._cron_passing_dates()
        self.assertEqual(self.pushed(), 15)

    def test_what_another_store_sold_and_nobody_reserved_is_not_offered_here(self):
        other = self.env["shopify.store"].create({"name": "Other", "shop_domain": "other-offer.myshopify.com"})
        sale = self.env["sale.order"].create(
            {
                "partner_id": self.env["res.partner"].create({"name": "Jana"}).id,
                "shopify_store_id": other.id,
                "order_line": [Command.create({"product_id": self.mug.id, "product_uom_qty": 4})],
            }
        )
        sale.action_confirm()
        self.receive(self.mug, 5)
        self.assertEqual(self.pushed(), 1)
        sale.picking_ids.action_assign()
        self.assertEqual(self.pushed(), 1)
        sale.picking_ids.action_cancel()
        self.assertEqual(self.pushed(), 5)

    def test_expired_goods_are_not_offered(self):
        if "removal_date" not in self.env["stock.quant"]._fields:
            raise unittest.SkipTest("product_expiry is not installed in this database: expiry was not tested")
        self.mug.write({"tracking": "lot", "use_expiration_date": True})
        lot = self.env["stock.lot"].create({"name": "L1", "product_id": self.mug.id})
        lot.removal_date = fields.Datetime.now() + timedelta(days=1)
        self.env["stock.quant"]._update_available_quantity(self.mug, self.warehouse.lot_stock_id, 5, lot_id=lot)
        self.assertEqual(self.pushed(), 5)
        self.env.flush_all()
        # Two days later, as the database sees it: nobody touched the lot.
        for table in ("stock_lot", "stock_quant"):
            self.env.cr.execute(
                f"UPDATE {table} SET removal_date = removal_date - interval '2 days' WHERE removal_date IS NOT NULL"
            )
        self.env.invalidate_all()
        self.env["shopify.location"].with_context(
            lastcall=fields.Datetime.now() - timedelta(days=2)
        )._cron_passing_dates()
        self.assertEqual(self.pushed(), 0)

    def test_moves_cost_nothing_where_no_offer_looks_at_them(self):
        self.drain()
        self.move(self.mug, 10, days=1)
        self.env.cr.flush()
        self.assertFalse(self.jobs(flow="stock_out", state="pending"))

    def test_the_nearest_location_above_counts(self):
        shelf = self.env["stock.location"].create({"name": "Shelf", "location_id": self.warehouse.lot_stock_id.id})
        second = self.env["shopify.location"].create(
            {"store_id": self.store.id, "name": "Second", "shopify_id": "987", "location_ids": [Command.set(shelf.ids)]}
        )
        self.receive(self.mug, 5)
        self.receive(self.mug, 2, shelf)
        variant = self.env["shopify.variant"].search([("sku", "=", "MUG"), ("store_id", "=", self.store.id)])
        targets = self.env["shopify.stock.offer"]._targets(self.store, variant)
        self.assertEqual((targets[variant, self.place].pieces, targets[variant, second].pieces), (5, 2))


@tagged("post_install", "-at_install")
class TestStockReadiness(OfferCase):
    catalog = {
        "locations": [{"name": "Berlin"}, {"name": "Munich"}],
        "products": [
            {
                "title": "Mug",
                "variants": [{"sku": "MUG", "price": "10.00", "tracked": False, "stock": {"Berlin": 0}}],
            }
        ],
    }

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.warehouse.name = "Berlin"
        cls.munich = cls.env["stock.warehouse"].create({"name": "Munich", "code": "MUC"})

    def test_tracking_is_switched_on_where_the_store_wants_it(self):
        self.receive(self.mug, 5)
        with self.shop.calls() as calls:
            self.drain()
        self.assertEqual(dict(calls), {})
        self.store.track_items = True
        self.drain()
        self.assertTrue(self.shop.variant("MUG").item.tracked)
        self.assertEqual(self.shop.on_hand("MUG", "Berlin"), 5)

    def test_an_article_is_stocked_where_the_location_wants_everything(self):
        self.store.track_items = True
        self.receive(self.mug, 5)
        self.receive(self.mug, 3, self.munich.lot_stock_id)
        self.drain()
        self.assertIsNone(self.shop.level("MUG", "Munich"))
        self.assertFalse(self.jobs(flow="stock_out", state="attention"))
        level = self.level().filtered(lambda one: one.location_id.name == "Munich")
        self.assertFalse(level.is_stocked)
        self.assertIn("Shopify does not stock the article at Munich", level.offer_formula)
        level.location_id.activate_levels = True
        self.drain()
        self.assertEqual(self.shop.on_hand("MUG", "Munich"), 3)
        self.assertTrue(level.is_stocked)

    def test_selling_beyond_the_stock_is_set_by_product_where_the_store_manages_it(self):
        self.store.track_items = True
        self.mug.shopify_oversell = True
        self.receive(self.mug, 5)
        self.drain()
        self.assertEqual(self.shop.variant("MUG").inventory_policy, "DENY")
        self.store.manage_oversell = True
        with self.shop.calls() as calls:
            self.drain()
        self.assertEqual(calls["productVariantsBulkUpdate"], 1)
        self.assertEqual(self.shop.variant("MUG").inventory_policy, "CONTINUE")
        self.receive(self.mug, 1)
        with self.shop.calls() as calls:
            self.drain()
        self.assertEqual(dict(calls), {"inventorySetQuantities": 1})  # what Shopify has already is not sent
        self.mug.shopify_oversell = False
        self.drain()
        self.assertEqual(self.shop.variant("MUG").inventory_policy, "DENY")


@tagged("post_install", "-at_install")
class TestStockKits(OfferCase):
    def setUp(self):
        super().setUp()
        if "mrp.bom" not in self.env:
            raise unittest.SkipTest("mrp is not installed in this database: kits were not tested")
        self.kit = self.env["product.product"].create(
            {"name": "Poster set", "default_code": "POSTER", "type": "consu", "taxes_id": []}
        )
        self.bom = self.make_bom(self.kit, {self.mug: 2, self.tent: 1})
        self.env["shopify.variant"].search([("store_id", "=", self.store.id)])._match_by_sku()

    def make_bom(self, product, parts):
        return self.env["mrp.bom"].create(
            {
                "product_tmpl_id": product.product_tmpl_id.id,
                "type": "phantom",
                "bom_line_ids": [
                    Command.create({"product_id": part.id, "product_qty": quantity}) for part, quantity in parts.items()
                ],
            }
        )

    def test_a_kit_is_offered_from_its_components_and_hears_of_them(self):
        self.receive(self.mug, 9)
        self.assertEqual(self.pushed("POSTER"), 0)
        self.receive(self.tent, 10)
        self.assertEqual(self.pushed("POSTER"), 4)
        self.walk_in(self.mug, 3)
        self.assertEqual(self.pushed("POSTER"), 3)
        level = self.level("POSTER")
        self.assertEqual(level.offer_formula, "On hand 4 − reserved for others 1 = 3. 3 can be bought.")

    def test_other_processes_hear_of_the_first_kit_whatever_this_one_remembers(self):
        for remembers in (False, True):
            self.env["mrp.bom"].search([("type", "=", "phantom")]).unlink()
            self.registry.clear_cache()
            if remembers:
                self.assertFalse(self.env["shopify.stock.kits"]._are_there_any())
            self.registry.cache_invalidated.clear()
            self.make_bom(self.kit, {self.mug: 2})
            self.assertIn("default", self.registry.cache_invalidated)
            self.assertTrue(self.env["shopify.stock.kits"]._are_there_any())
            self.registry.cache_invalidated.clear()
            self.make_bom(self.kit, {self.tent: 2})
            self.assertNotIn("default", self.registry.cache_invalidated)

    def test_a_changed_bill_of_materials_is_an_event(self):
        self.receive(self.mug, 9)
        self.receive(self.tent, 10)
        self.assertEqual(self.pushed("POSTER"), 4)
        self.bom.bom_line_ids[0].product_qty = 3
        self.assertEqual(self.pushed("POSTER"), 3)
        self.bom.bom_line_ids[0].unlink()
        self.assertEqual(self.pushed("POSTER"), 10)
        self.make_bom(self.kit, {self.mug: 9}).sequence = -1
        self.bom.active = False
        self.assertEqual(self.pushed("POSTER"), 1)

    def test_a_nested_kit_hears_of_its_last_component(self):
        inner = self.env["product.product"].create({"name": "Pair", "type": "consu"})
        self.make_bom(inner, {self.mug: 2})
        self.bom.bom_line_ids.unlink()
        self.bom.bom_line_ids = [Command.create({"product_id": inner.id, "product_qty": 2})]
        self.receive(self.mug, 9)
        self.assertEqual(self.pushed("POSTER"), 2)

    def test_an_order_of_the_kit_is_counted_once(self):
        self.receive(self.mug, 9)
        self.receive(self.tent, 10)
        self.drain()
        order = self.shop.place_order([("POSTER", 1)])
        self.deliver()
        self.drain()
        self.assertEqual(
            self.shop.available("POSTER"), 3
        )  # Shopify has one committed; its components are not subtracted again
        self.assertEqual(self.shop.on_hand("MUG"), 7)  # but of the mug sold as such they are gone
        self.ship(self.sale(order))
        self.drain()
        self.assertEqual((self.shop.on_hand("POSTER"), self.shop.available("POSTER")), (3, 3))
