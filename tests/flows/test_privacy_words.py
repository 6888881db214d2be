"""What customers wrote themselves, an engraving or a wish for the carrier, goes with them, wherever Odoo has copied it."""

from odoo.tests import tagged

from ..common import DOMAIN, ShopifyCase

BUYER = {"email": "zoe@example.com", "first_name": "Zoë", "last_name": "Kern"}
WISH = "For Zoë, 12 May"


@tagged("post_install", "-at_install")
class TestPrivacyWords(ShopifyCase):
    def setUp(self):
        super().setUp()
        # Two steps: the words stand on the picking and on the delivery.
        self.warehouse.delivery_steps = "pick_ship"
        self.receive(self.mug, 10)
        note = self.env["ir.model.fields"]._get("stock.picking", "note")
        ours = self.env["ir.model.fields"]._get("sale.order", "client_order_ref")
        self.env["shopify.attribute"].create(
            [
                {"store_id": self.store.id, "scope": "order", "name": "Doorbell", "field_id": note.id},
                {"store_id": self.store.id, "scope": "order", "name": "_nickname", "field_id": ours.id},
            ]
        )
        self.drain()

    def bought(self, **extra):
        said = [{"name": "Doorbell", "value": "Third from the left"}, {"name": "_nickname", "value": "Zozo"}]
        model = self.shop.place_order([("MUG", 2)], customer=BUYER)
        self.shop.take_deliveries()
        number = next(self.numbers)
        body = {
            **model.document(),
            "id": number,
            "name": f"#{number}",
            "note": "Ring twice",
            "note_attributes": said,
            **extra,
        }
        body["line_items"][0].update(id=number * 10, properties=[{"name": "Engraving", "value": WISH}])
        order = self.shop.place_body(body)
        self.deliver()
        self.drain()
        return order, self.sale(order)

    def forget(self, order):
        body = {
            "shop_id": 1,
            "shop_domain": DOMAIN,
            "customer": {"id": order.body["customer"]["id"], "email": BUYER["email"], "phone": None},
            "orders_to_redact": [order.number],
        }
        self.tell("customers/redact", body)
        request = self.env["shopify.privacy.request"].search([("store_id", "=", self.store.id)], limit=1)
        if request.state == "waiting":
            request.action_confirm()
            self.drain()
        self.assertEqual(request.state, "done", request.why)

    def column(self, table, column, records):
        self.env.flush_all()
        self.env.cr.execute(f"SELECT string_agg({column}::text, ' ') FROM {table} WHERE id = ANY(%s)", [records.ids])
        return self.env.cr.fetchone()[0] or ""

    def words(self, sale):
        """All that deliveries and the order say."""
        moves = sale.picking_ids.move_ids
        shown = " ".join(text or "" for text in moves.mapped("description_picking"))
        return " ".join(
            (
                self.column("stock_move", "description_picking_manual", moves),
                self.column("stock_picking", "note", sale.picking_ids),
                self.column("sale_order", "concat(note, ' ', client_order_ref)", sale),
                self.column("sale_order_line", "name", sale.order_line),
                shown,
            )
        )

    def pick_and_ship(self, sale):
        for _step in range(2):
            picking = sale.picking_ids.filtered(lambda one: one.state == "assigned")
            picking.move_ids.picked = True
            picking.with_context(skip_backorder=True).button_validate()
        self.assertEqual(set(sale.picking_ids.mapped("state")), {"done"})

    def test_engravings_and_wishes_leave_deliveries_and_their_pickings(self):
        order, sale = self.bought()
        self.pick_and_ship(sale)
        self.assertEqual(len(sale.picking_ids), 2)
        for move in sale.picking_ids.move_ids:  # as a form stores it, where somebody adds a word
            move.description_picking += "\nWrapped"
        before = self.words(sale)
        self.assertIn(WISH, self.column("stock_move", "description_picking_manual", sale.picking_ids.move_ids))
        for said in (WISH, "Third from the left", "Zozo", "Ring twice"):
            self.assertIn(said, before)
        sale._create_invoices().action_post()
        self.forget(order)
        after = self.words(sale)
        for said in (WISH, "Engraving", "Third from the left", "Zozo", "Ring twice"):
            self.assertNotIn(said, after)
        self.assertIn("Mug", sale.order_line.name)
        self.assertIn("Wrapped", after)
        self.assertEqual(sale.picking_ids.move_ids.mapped("quantity"), [2, 2])

    def test_posted_invoices_keep_their_words_and_drafts_do_not(self):
        order, sale = self.bought()
        self.pick_and_ship(sale)
        posted = sale._create_invoices()
        posted.action_post()
        draft = posted.copy()
        self.assertEqual(draft.line_ids.filtered("product_id").name, posted.line_ids.filtered("product_id").name)
        draft.invoice_line_ids.filtered("product_id").sale_line_ids = sale.order_line
        draft.narration = posted.narration
        self.assertIn(WISH, draft.invoice_line_ids.filtered("product_id").name)
        self.assertIn("Ring twice", draft.narration)
        self.forget(order)
        self.assertNotIn("Engraving", draft.invoice_line_ids.filtered("product_id").name)
        self.assertNotIn("Ring twice", draft.narration or "")
        self.assertIn(WISH, posted.invoice_line_ids.filtered("product_id").name)
        self.assertEqual(draft.amount_total, posted.amount_total)

    def test_what_somebody_wrote_here_stays(self):
        order, sale = self.bought(note_attributes=[])
        self.pick_and_ship(sale)
        sale.picking_ids.note = "Left at the ramp"
        sale._create_invoices().action_post()
        self.forget(order)
        self.assertIn("Left at the ramp", self.words(sale))

    def test_a_locked_order_is_forgotten_too(self):
        order, sale = self.bought()
        self.pick_and_ship(sale)
        sale._create_invoices().action_post()
        sale.action_lock()
        self.forget(order)
        self.assertNotIn(WISH, self.words(sale))
        self.assertTrue(sale.locked)
