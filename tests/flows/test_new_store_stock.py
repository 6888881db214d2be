from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, new_test_user, tagged

from ..common import CATALOG, ShopifyCase


@tagged("post_install", "-at_install")
class TestNewStoreStock(ShopifyCase):
    """A shop that sold before Odoo came: 12 mugs and 5 tents there, and an Odoo that counted nothing yet."""

    catalog = {**CATALOG, "locations": [{"name": "Berlin"}, {"name": "Outlet"}]}
    decided = {}

    def connect(self):
        self.shop.set_stock("MUG", 12, "Berlin")
        self.shop.set_stock("TENT", 5, "Berlin")
        self.store.action_connect()
        self.berlin = self.store.location_ids.filtered(lambda place: place.name == "Berlin")
        self.outlet = self.store.location_ids - self.berlin
        self.berlin.location_ids = self.warehouse.lot_stock_id
        self.drain()
        self.store.stock_undecided  # noqa: B018  (computed before, so that a missing dependency shows)

    def in_shop(self):
        return self.shop.on_hand("MUG", "Berlin"), self.shop.on_hand("TENT", "Berlin")

    def finding(self):
        self.store.action_check_connection()
        return self.store.finding_ids.filtered(lambda one: one.check_name == "stock")

    def take(self):
        action = self.store.action_take_opening_stock()
        opening = Form(self.env["shopify.opening.stock"].with_context(**action["context"])).save()
        opening.action_read()
        self.drain()
        self.assertEqual(opening.state, "preview")
        opening.action_apply()
        self.drain()
        self.assertEqual(opening.state, "done")
        return opening

    def test_connecting_an_empty_odoo_leaves_the_shops_stock_alone(self):
        self.receive(self.tent, 1)  # somebody begins to work
        with self.shop.calls() as calls:
            self.drain()
        self.assertEqual(calls, {})
        self.assertEqual(self.in_shop(), (12, 5))
        self.assertTrue(self.store.stock_undecided)
        self.assertEqual((self.finding().severity, self.finding().repair), ("warning", "action_open_settings"))

    def test_taking_the_opening_stock_is_the_decision(self):
        opening = self.take()
        self.assertEqual((self.mug.qty_available, self.tent.qty_available), (12, 5))
        self.assertEqual((self.store.push_stock, self.store.stock_undecided), (True, False))
        self.assertEqual(self.finding().severity, "ok")
        self.assertFalse(opening.stock_undecided)
        self.receive(self.mug, 1)
        self.drain()
        self.assertEqual(self.in_shop(), (13, 5))

    def test_what_could_not_be_taken_over_is_not_zeroed(self):
        self.tent.tracking = "lot"
        opening = self.take()
        self.assertEqual(self.in_shop(), (12, 5))
        self.assertEqual((self.store.push_stock, opening.stock_undecided), (False, True))
        opening.action_send_stock()  # a person looked at what is left
        self.drain()
        self.assertEqual(self.in_shop(), (12, 0))

    def test_a_location_that_was_left_out_is_not_zeroed(self):
        self.shop.set_stock("MUG", 3, "Outlet")
        self.outlet.location_ids = self.env["stock.location"].create(
            {"name": "Outlet", "location_id": self.warehouse.view_location_id.id, "usage": "internal"}
        )
        action = self.store.action_take_opening_stock()
        form = Form(self.env["shopify.opening.stock"].with_context(**action["context"]))
        names = [place["location_id"] for place in form.place_ids._records]
        form.place_ids.remove(names.index(self.outlet.id))
        opening = form.save()
        opening.action_read()
        self.drain()
        opening.action_apply()
        self.drain()
        self.assertEqual((opening.state, self.store.stock_undecided), ("done", True))
        self.assertEqual(self.shop.on_hand("MUG", "Outlet"), 3)
        self.take_the_other(opening)
        self.assertEqual((self.store.push_stock, self.shop.on_hand("MUG", "Outlet")), (True, 3))

    def take_the_other(self, before):
        opening = self.env["shopify.opening.stock"].create({"store_id": self.store.id})
        opening.place_ids.filtered(lambda place: place.location_id in before.place_ids.location_id).unlink()
        opening.action_read()
        self.drain()
        opening.action_apply()
        self.drain()

    def test_a_shelf_that_another_store_sells_from_is_not_replaced_without_asking(self):
        other = self.env["shopify.store"].create(
            {"name": "First", "shop_domain": "first.myshopify.com", "push_stock": True}
        )
        self.env["shopify.location"].create(
            {
                "store_id": other.id,
                "name": "All of it",
                "shopify_id": "1",
                "location_ids": self.warehouse.view_location_id.ids,
            }
        )
        opening = self.env["shopify.opening.stock"].create({"store_id": self.store.id})
        self.assertEqual(opening.other_store_ids, other)
        with self.assertRaisesRegex(UserError, "First sells from the same Odoo locations"):
            opening.action_read()
        opening.again = True
        opening.action_read()
        self.drain()
        self.assertEqual(opening.state, "preview")

    def test_sending_odoos_quantities_is_the_decision(self):
        self.receive(self.mug, 4)
        self.store.action_send_stock()
        self.drain()
        self.assertEqual(self.in_shop(), (4, 0))
        self.assertFalse(self.store.stock_undecided)

    def test_leaving_shopifys_quantities_is_one_too(self):
        self.store.action_leave_stock()
        self.drain()
        self.assertEqual(self.in_shop(), (12, 5))
        self.assertFalse(self.store.stock_undecided)
        self.assertEqual(self.finding().severity, "ok")
        # An opening stock is taken over all the same, and starts nothing.
        self.take()
        self.assertFalse(self.store.push_stock)

    def test_while_an_opening_stock_is_under_way_nobody_sends(self):
        action = self.store.action_take_opening_stock()
        opening = Form(self.env["shopify.opening.stock"].with_context(**action["context"])).save()
        self.assertEqual(self.store.action_take_opening_stock()["res_id"], opening.id)
        opening.action_read()
        for decide in (self.store.action_send_stock, self.store.action_leave_stock):
            with self.assertRaisesRegex(UserError, "under way"):
                decide()
        with self.assertRaisesRegex(UserError, "under way"):
            self.store.push_stock = True  # the switch
        self.drain()
        opening.action_discard()
        self.assertTrue(self.store.stock_undecided)

    def test_the_switch_decides_before_and_after_connecting(self):
        self.store.push_stock = True
        self.assertFalse(self.store.stock_undecided)
        self.store.push_stock = False
        self.assertFalse(self.store.stock_undecided)
        made = self.env["shopify.store"].create({"name": "A", "shop_domain": "a-new.myshopify.com"})
        self.assertEqual((made.push_stock, made.stock_decided), (False, False))
        given = {"name": "B", "shop_domain": "b-new.myshopify.com", "push_stock": True}
        self.assertTrue(self.env["shopify.store"].create(given).stock_decided)

    def test_who_decides(self):
        user = new_test_user(self.env, "uwe", groups="shopify_sync.group_user")
        for decide in ("action_send_stock", "action_leave_stock"):
            with self.assertRaises(AccessError):
                getattr(self.store.with_user(user), decide)()
