from unittest.mock import patch

from odoo import fields
from odoo.exceptions import ValidationError
from odoo.tests import tagged

from ..common import ShopifyCase


@tagged("post_install", "-at_install")
class TestOrderOrigins(ShopifyCase):
    def attribute(self, name, field, scope="order", **values):
        row = self.env["shopify.attribute"].search([("name", "=", name), ("scope", "=", scope)])
        if not row:
            row = self.env["shopify.attribute"].create({"store_id": self.store.id, "name": name, "scope": scope})
        model, name = field.rsplit(".", 1)
        row.write({"field_id": self.env["ir.model.fields"]._get(model, name).id, **values})
        return row

    def test_campaign_source_and_medium_become_utm_records_once(self):
        known = self.env["utm.source"].create({"name": "Sunday Letter"})
        site = "/products/mug?utm_source=sunday+letter&utm_medium=E-Mail_X&utm_campaign=Spring+50%25"
        _order, first = self.written_order(landing_site=site)
        _order, second = self.written_order(landing_site=site)
        self.assertEqual(first.source_id, known)
        self.assertEqual((first.medium_id.name, first.campaign_id.name), ("E-Mail_X", "Spring 50%"))
        self.assertEqual((second.medium_id, second.campaign_id), (first.medium_id, first.campaign_id))

    def test_a_name_with_signs_of_ilike_is_taken_literally(self):
        other = self.env["utm.source"].create({"name": "aXb"})
        _order, sale = self.written_order(landing_site="/?utm_source=a_b")
        self.assertNotEqual(sale.source_id, other)
        self.assertEqual(sale.source_id.name, "a_b")

    def test_channel_tags_language_terms_and_the_customers_own_number_are_kept(self):
        _order, sale = self.written_order(
            source_name="web",
            tags="b2b, urgent",
            customer_locale="de-DE",
            po_number="PO 4711",
            payment_terms={"payment_terms_name": "Net 30", "payment_terms_type": "net"},
            note_attributes=[{"name": "Gift wrap", "value": "Rot & grün"}, {"name": "_track", "value": "x"}],
        )
        self.assertRecordValues(
            sale,
            [
                {
                    "shopify_channel": "web",
                    "shopify_tags": "b2b, urgent",
                    "shopify_locale": "de-DE",
                    "client_order_ref": "PO 4711",
                    "shopify_payment_terms": "Net 30",
                    "shopify_attributes": "Gift wrap: Rot & grün",
                }
            ],
        )

    def test_an_engraving_stands_on_the_line_and_reaches_whoever_packs(self):
        _order, sale = self.written_order(properties=[("Engraving", "Für Ärne ♥"), ("_uid", "abc")])
        self.assertIn("Engraving: Für Ärne ♥", sale.order_line.name)
        self.assertEqual(sale.order_line.shopify_properties, "Engraving: Für Ärne ♥")
        self.assertIn("Engraving: Für Ärne ♥", sale.picking_ids.move_ids.description_picking)
        self.assertNotIn("_uid", sale.order_line.name)

    def test_staff_becomes_the_salesperson_that_was_chosen(self):
        seller = self.env["res.users"].create({"name": "Sam", "login": "sam"})
        _order, first = self.written_order(user_id=5501)
        self.assertFalse(first.user_id)
        row = self.env["shopify.staff"].search([("store_id", "=", self.store.id)])
        self.assertRecordValues(row, [{"shopify_id": "5501", "first_order_name": first.shopify_order_name}])
        row.user_id = seller
        _order, second = self.written_order(user_id=5501)
        self.assertEqual(second.user_id, seller)

    def test_attributes_fill_the_list_once_with_an_example(self):
        for _again in range(2):
            self.written_order(
                note_attributes=[{"name": "Delivery date", "value": "2026-12-24"}], properties=[("Color", "red")]
            )
        rows = self.env["shopify.attribute"].search([("store_id", "=", self.store.id)])
        self.assertEqual(
            sorted(rows.mapped(lambda row: (row.scope, row.name, row.example))),
            [("line", "Color", "red"), ("order", "Delivery date", "2026-12-24")],
        )

    def test_an_attribute_goes_into_the_field_that_was_chosen(self):
        self.attribute("Delivery date", "sale.order.commitment_date", date_format="dmy")
        self.attribute("Note for the driver", "stock.picking.note")
        _order, sale = self.written_order(
            note_attributes=[
                {"name": "Delivery date", "value": "24.12.2026"},
                {"name": "Note for the driver", "value": "<b>Ring</b> twice"},
            ]
        )
        self.assertEqual(fields.Datetime.to_string(sale.commitment_date), "2026-12-24 00:00:00")
        self.assertEqual(sale.amount_total, 10.0)
        self.assertIn("twice", sale.picking_ids.note)

    def test_a_value_that_does_not_fit_is_said_and_stops_nothing(self):
        self.attribute("Delivery date", "sale.order.commitment_date")
        order, sale = self.written_order(note_attributes=[{"name": "Delivery date", "value": "as soon as possible"}])
        self.assertEqual(sale.state, "sale")
        self.assertFalse(sale.commitment_date)
        job = self.jobs(flow="orders_in", key=f"order:{order.number}")
        self.assertIn("as soon as possible", job.error)

    def test_no_customer_can_type_into_what_decides_about_money_or_stock(self):
        for field in ("sale.order.pricelist_id", "sale.order.company_id", "sale.order.shopify_total"):
            with self.assertRaises(ValidationError):
                self.attribute("x", field)
        with self.assertRaises(ValidationError):
            self.attribute("y", "sale.order.line.price_unit", scope="line")

    # -- tills ------------------------------------------------------------------------------------
    def test_what_a_customer_took_along_is_delivered_here_and_not_told_back(self):
        self.receive(self.mug, 5)
        self.drain()
        with self.shop.calls() as calls:
            _order, sale = self.sold_at_the_till()
        self.assertEqual(sale.picking_ids.mapped("state"), ["done"])
        self.assertEqual(sale.order_line.qty_delivered, 2)
        self.assertEqual(self.mug.qty_available, 3)
        self.assertNotIn("fulfillmentCreate", calls)
        self.assertFalse(self.jobs(flow="fulfillments_out"))

    def sold_at_the_till(self, sku="MUG", **extra):
        location = self.store.location_ids[:1]
        return self.written_order(
            [(sku, 2)], source_name="pos", fulfillment_status="fulfilled", location_id=int(location.shopify_id), **extra
        )

    def test_the_goods_are_gone_whatever_odoo_believed(self):
        _order, sale = self.sold_at_the_till()
        self.assertEqual(sale.picking_ids.mapped("state"), ["done"])
        self.assertEqual(self.mug.qty_available, -2)

    def test_the_warehouse_is_that_of_the_till(self):
        other = self.env["stock.warehouse"].create({"name": "Shop", "code": "SHOP"})
        self.store.location_ids[:1].write({"location_ids": [(6, 0, other.lot_stock_id.ids)]})
        _order, sale = self.sold_at_the_till()
        self.assertEqual(sale.warehouse_id, other)

    def test_a_serial_number_is_left_to_a_person(self):
        self.mug.tracking = "serial"
        order, sale = self.sold_at_the_till()
        self.assertNotEqual(sale.picking_ids.state, "done")
        self.assertIn("serial", self.jobs(flow="orders_in", key=f"order:{order.number}").error)

    def test_an_order_collected_later_is_not_delivered_yet(self):
        _order, sale = self.written_order(source_name="pos")
        self.assertNotEqual(sale.picking_ids.state, "done")

    def test_a_batch_looks_names_up_once(self):
        def count(size):
            for _number in range(size):
                model = self.shop.place_order([("MUG", 1)])
                self.shop.take_deliveries()
                number = next(self.numbers)
                self.shop.place_body(
                    {
                        **model.document(),
                        "id": number,
                        "name": f"#{number}",
                        "landing_site": "/?utm_source=x",
                        "note_attributes": [{"name": "a", "value": "b"}],
                    }
                )
            self.deliver()
            flow = type(self.env["shopify.flow.orders_in"])
            origins, seen = flow._resolve_origins, []

            def counted(model, store, batch):
                before = model.env.cr.sql_log_count
                found = origins(model, store, batch)
                seen.append((len(batch), model.env.cr.sql_log_count - before))
                return found

            with patch.object(flow, "_resolve_origins", counted):
                self.drain()
            return max(queries for _size, queries in seen)

        count(2)
        self.assertLessEqual(count(20), count(4) + 1)
