from odoo import fields, models


class StockPicking(models.Model):
    _inherit = "stock.picking"

    shopify_store_id = fields.Many2one(
        related="sale_id.shopify_store_id", string="Shopify Store", store=True, index="btree_not_null"
    )
    shopify_order_name = fields.Char(related="sale_id.shopify_order_name", string="Shopify Order")
    shopify_fulfillment_ids = fields.Char(
        string="Shopify Fulfillment IDs", readonly=True, copy=False, help="The fulfillments this delivery became."
    )
    shopify_fulfilled_at = fields.Datetime(string="Sent to Shopify", readonly=True, copy=False)
    shopify_message = fields.Char(string="Shopify's Answer", readonly=True, copy=False)

    def _action_done(self):
        result = super()._action_done()
        # Rows only; the sender runs after commit. Shopify may be down and nobody here notices (DESIGN 2.1).
        self._shopify_enqueue_fulfillment()
        return result

    def write(self, vals):
        result = super().write(vals)
        if "carrier_tracking_ref" in vals or "carrier_id" in vals:
            self.filtered("shopify_fulfillment_ids")._shopify_enqueue_fulfillment()
        return result

    def _shopify_enqueue_fulfillment(self):
        # sudo: a warehouse worker may validate without any right on Shopify, stores or orders.
        leaving = self.sudo().filtered(
            lambda picking: picking.shopify_store_id.push_fulfillments
            and picking.state == "done"
            and (picking.picking_type_code in ("outgoing", "dropship") or picking.location_dest_id._is_outgoing())
        )
        self.env["shopify.job"]._enqueue(
            "fulfillments_out",
            [
                {
                    "store_id": picking.shopify_store_id.id,
                    "key": f"order:{picking.sale_id.shopify_order_id}",
                    "res_model": "stock.picking",
                    "res_id": picking.id,
                }
                for picking in leaving
            ],
        )

    def _shopify_shipped(self):
        """What left with this delivery: {Shopify's line id: whole pieces}.

        Kits count as Odoo counts them delivered: their components carry the kit's order line.
        """
        self.ensure_one()
        shipped = {}
        done = self.move_ids.filtered(lambda move: move.state == "done" and move.sale_line_id.shopify_line_id)
        for line, moves in done.grouped("sale_line_id").items():
            if moves.product_id == line.product_id:
                pieces = sum(move.product_uom._compute_quantity(move.quantity, line.product_uom_id) for move in moves)
            else:
                before = self.env["sale.order.line"].browse(line.id).qty_delivered
                pieces = min(before, line.product_uom_qty)
            shipped[line.shopify_line_id] = shipped.get(line.shopify_line_id, 0) + int(pieces)
        return {line_id: pieces for line_id, pieces in shipped.items() if pieces > 0}
