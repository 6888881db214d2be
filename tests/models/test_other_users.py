"""Whoever has no right on Shopify works as before: stores are connected, marks are written, and nobody notices.

Odoo's Point of Sale is not installed with this addon. Its users work with the rights of `point_of_sale.group_pos_user`, which are
those of an internal user on products and partners, and orders and deliveries made for them by sudo; the test takes the group
where it exists, and else an internal user whose document the system makes.
"""

from markupsafe import Markup

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import Form, new_test_user, tagged

from ..common import ShopifyCase

SALES = "sales_team.group_sale_salesman_all_leads,sales_team.group_sale_manager,product.group_product_manager"
STOCK = "stock.group_stock_manager"


@tagged("post_install", "-at_install")
class TestOtherUsers(ShopifyCase):
    def user(self, login, groups):
        user = new_test_user(self.env, login, groups=groups)
        self.assertFalse(user.has_group("shopify_sync.group_user"))
        return user

    def quotation(self, user, product, pieces=1):
        sales = self.env["sale.order"].with_user(user)
        with Form(sales) as form:
            form.partner_id = (
                self.env["res.partner"].with_user(user).create({"name": "Walk-in", "email": "w@example.com"})
            )
            with form.order_line.new() as line:
                line.product_id = product.with_user(user)
                line.product_uom_qty = pieces
        return form.record

    def test_a_salesperson_makes_products_partners_and_confirms_orders(self):
        seller = self.user("sally", f"base.group_user,base.group_partner_manager,{SALES}")
        self.receive(self.mug, 5)
        self.drain()
        template = (
            self.env["product.template"]
            .with_user(seller)
            .create({"name": "Cup", "default_code": "CUP", "is_storable": True, "list_price": 5})
        )
        template.write({"list_price": 6, "name": "Cup, blue"})
        template.product_variant_id.write({"default_code": "CUP-2"})
        template.copy()
        template.active = False
        order = self.quotation(seller, self.mug, 2)
        order.action_confirm()
        order.partner_id.write({"email": "new@example.com", "street": "Hauptstraße 1"})
        self.assertEqual(order.state, "sale")
        self.drain()
        # Reserved for somebody else than the shop, so the shop may sell two less.
        self.assertEqual(self.shop.on_hand("MUG"), 3)
        order._action_cancel()
        self.drain()
        self.assertEqual(self.shop.on_hand("MUG"), 5)

    def test_a_salesperson_reads_and_edits_shopifys_orders_but_not_what_shopify_says(self):
        seller = self.user("sally", f"base.group_user,{SALES}")
        _order, sale = self.ordered([("MUG", 2)])
        mine = sale.with_user(seller)
        self.assertTrue(mine.read())
        self.assertTrue(mine.web_read({"name": {}, "shopify_order_name": {}, "order_line": {"fields": {"name": {}}}}))
        mine.write({"client_order_ref": "Ref"})
        mine.message_post(body=Markup("<p>Called</p>"))
        with self.assertRaises(AccessError):
            mine.write({"shopify_financial_status": "refunded"})
        self.assertTrue(
            self.env["sale.order"].with_user(seller).search([("shopify_order_name", "=", sale.shopify_order_name)])
        )

    def test_a_default_says_nothing_for_shopify_either(self):
        seller = self.user("sally", f"base.group_user,base.group_partner_manager,{SALES}")
        partner = self.env["res.partner"].create({"name": "Walk-in"})
        defaults = self.env["ir.default"].with_user(seller)
        defaults.set("sale.order", "shopify_order_id", "77", user_id=seller.id)
        defaults.set("sale.order.line", "shopify_line_id", "78", user_id=seller.id)
        sales = self.env["sale.order"].with_user(seller)
        lines = [Command.create({"product_id": self.mug.id})]
        for context in ({}, {"default_shopify_store_id": self.store.id, "default_shopify_order_id": "77"}):
            order = sales.with_context(**context).create({"partner_id": partner.id, "order_line": lines}).sudo()
            self.assertFalse(order.shopify_store_id or order.shopify_order_id or order.order_line.shopify_line_id)
        lines = self.env["sale.order.line"].with_user(seller).with_context(default_shopify_line_id="77")
        self.assertFalse(lines.create({"order_id": order.id, "product_id": self.mug.id}).sudo().shopify_line_id)

    def test_a_warehouse_worker_receives_counts_moves_scraps_and_ships(self):
        worker = self.user("lena", f"base.group_user,{STOCK}")
        order, sale = self.ordered([("MUG", 2)])
        quant = self.env["stock.quant"].with_user(worker)
        counted = quant.search(
            [("product_id", "=", self.tent.id), ("location_id", "=", self.warehouse.lot_stock_id.id)]
        )
        counted.with_context(inventory_mode=True).inventory_quantity = 7
        counted.action_apply_inventory()
        picking = sale.picking_ids.with_user(worker)
        self.assertTrue(picking.read())
        for move in picking.move_ids:
            move.quantity, move.picked = 2, True
        picking.carrier_tracking_ref = "TRACK-1"
        picking.button_validate()
        scrap = self.env["stock.scrap"].with_user(worker).create({"product_id": self.tent.id, "scrap_qty": 1})
        scrap.action_validate()
        self.drain()
        self.assertEqual((picking.state, len(order.fulfillments)), ("done", 1))
        self.assertEqual((self.shop.on_hand("MUG"), self.shop.on_hand("TENT")), (8, 6))
        self.assertTrue(picking.shopify_fulfilled_at)

    def test_what_shopify_says_of_a_delivery_is_not_written_by_a_warehouse_worker(self):
        worker = self.user("lena", f"base.group_user,{STOCK}")
        _order, sale = self.ordered([("MUG", 2)])
        picking = sale.picking_ids.with_user(worker)
        for values in (
            {"shopify_fulfilled_at": "2026-01-01 00:00:00"},
            {"shopify_fulfillment_ids": "1"},
            {"shopify_message": "All good"},
            {"shopify_tracking": {"number": "1"}},
            {"shopify_store_id": False},
        ):
            with self.assertRaises(AccessError):
                picking.write(values)
            with self.assertRaises(AccessError), self.cr.savepoint():
                self.env["stock.picking"].with_user(worker).create(
                    {
                        "picking_type_id": self.warehouse.out_type_id.id,
                        "location_id": self.warehouse.lot_stock_id.id,
                        "location_dest_id": self.env.ref("stock.stock_location_customers").id,
                        **values,
                    }
                )
        self.assertFalse(picking.shopify_fulfilled_at or picking.shopify_fulfillment_ids)

    def test_a_worker_splits_a_delivery_and_takes_goods_back(self):
        worker = self.user("lena", f"base.group_user,{STOCK}")
        _order, sale = self.ordered([("MUG", 3)])
        picking = sale.picking_ids.with_user(worker)
        picking.move_ids.write({"quantity": 1, "picked": True})
        picking.with_context(skip_backorder=True, picking_ids_not_to_backorder=[]).button_validate()
        self.assertEqual(picking.backorder_ids.shopify_store_id, self.store)
        wizard = (
            self.env["stock.return.picking"]
            .with_user(worker)
            .with_context(active_id=picking.id, active_ids=picking.ids, active_model="stock.picking")
        )
        back = wizard.create({})
        back.product_return_moves.quantity = 1
        returned = back._create_return()
        returned.move_ids.write({"quantity": 1, "picked": True})
        returned.button_validate()
        self.assertEqual(returned.state, "done")

    def test_a_customer_reads_their_own_order_in_the_portal(self):
        _order, sale = self.ordered([("MUG", 2)])
        portal = new_test_user(self.env, "portal-anna", groups="base.group_portal", password="portal-anna")
        sale.partner_id = portal.partner_id
        sale.message_subscribe(portal.partner_id.ids)
        mine = sale.with_user(portal)
        self.assertEqual(mine.read(["name", "amount_total"])[0]["name"], sale.name)
        self.authenticate("portal-anna", "portal-anna")
        page = self.url_open(f"/my/orders/{sale.id}")
        self.assertEqual(page.status_code, 200)
        self.assertIn(sale.name, page.text)
        self.assertIn("Mug", page.text)
        self.assertEqual(self.url_open("/my/orders").status_code, 200)
        with self.assertRaises(AccessError):
            self.env["shopify.store"].with_user(portal).search([])

    def test_a_user_of_the_till_sells_and_stock_follows(self):
        till = self.env.ref("point_of_sale.group_pos_user", raise_if_not_found=False)
        user = new_test_user(self.env, "till", groups="base.group_user")
        if till:
            user.group_ids = [Command.link(till.id)]
        self.receive(self.mug, 5)
        self.drain()
        products = self.env["product.product"].with_user(user)
        self.assertTrue(products.search_read([("default_code", "=", "MUG")], ["display_name", "lst_price"]))
        self.env["res.partner"].with_user(user).search_read([], ["name"], limit=1)
        # As the till does it: the delivery is made and done by sudo, for this user.
        moves = (
            self.env["stock.picking"]
            .with_user(user)
            .sudo()
            .create(
                {
                    "picking_type_id": self.warehouse.out_type_id.id,
                    "location_id": self.warehouse.lot_stock_id.id,
                    "location_dest_id": self.env.ref("stock.stock_location_customers").id,
                    "move_ids": [
                        Command.create(
                            {
                                "product_id": self.mug.id,
                                "product_uom_qty": 2,
                                "location_id": self.warehouse.lot_stock_id.id,
                                "location_dest_id": self.env.ref("stock.stock_location_customers").id,
                            }
                        )
                    ],
                }
            )
        )
        moves.action_confirm()
        moves.move_ids.write({"quantity": 2, "picked": True})
        moves._action_done()
        self.drain()
        self.assertEqual(self.shop.on_hand("MUG"), 3)

    def test_an_accountant_invoices_shopifys_order(self):
        accountant = self.user("anna", f"base.group_user,account.group_account_invoice,{SALES}")
        _order, sale = self.ordered([("MUG", 2)])
        self.ship(sale)
        invoice = sale.with_user(accountant)._create_invoices()
        invoice.action_post()
        self.assertEqual((invoice.state, invoice.amount_total), ("posted", sale.amount_total))
