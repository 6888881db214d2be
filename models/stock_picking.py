from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools.sql import column_exists, create_column


class StockPicking(models.Model):
    _name = "stock.picking"
    # Over RPC a delivery could be called sent that was not, and Shopify would never hear of it.
    _inherit = ["stock.picking", "shopify.owned"]

    shopify_store_id = fields.Many2one(
        related="sale_id.shopify_store_id", string="Shopify Store", store=True, index="btree_not_null"
    )
    shopify_order_name = fields.Char(related="sale_id.shopify_order_name", string="Shopify Order")
    shopify_fulfillment_ids = fields.Char(
        string="Shopify Fulfillment IDs",
        readonly=True,
        copy=False,
        help="The fulfillments this delivery became.",
        prefetch="shopify",
    )
    shopify_fulfilled_at = fields.Datetime(string="Sent to Shopify", readonly=True, copy=False, prefetch="shopify")
    shopify_fulfilled_pieces = fields.Json(
        readonly=True,
        copy=False,
        help="Pieces of this delivery that are fulfilled in Shopify, by Shopify's line id.",
        prefetch="shopify",
    )
    shopify_tracking = fields.Json(
        readonly=True, copy=False, help="Numbers, company and link as Shopify has them.", prefetch="shopify"
    )
    shopify_message = fields.Char(string="Shopify's Answer", readonly=True, copy=False, prefetch="shopify")

    def _auto_init(self):
        # Of deliveries made before the addon none is of a Shopify order: they need not all be computed at installation.
        if not column_exists(self.env.cr, "stock_picking", "shopify_store_id"):
            create_column(self.env.cr, "stock_picking", "shopify_store_id", "int4")
        return super()._auto_init()

    def _action_done(self):
        self._shopify_check_held()
        result = super()._action_done()
        # Rows only; the sender runs after commit. Shopify may be down and nobody here notices (DESIGN 2.1).
        self._shopify_enqueue_fulfillment()
        return result

    def _shopify_check_held(self):
        """A held order does not leave, whoever validates (its fraud risk may have become known after it was confirmed)."""
        # sudo: a warehouse worker may have no right on orders.
        for picking in self.sudo():
            order = picking.sale_id
            if order.shopify_hold_cause and picking._shopify_leaves():
                raise UserError(
                    self.env._(
                        "%(delivery)s must not leave yet: %(order)s is held.\n\n%(reason)s",
                        delivery=picking.name,
                        order=order.shopify_order_name,
                        reason=order.shopify_hold_reason,
                    )
                )

    def _shopify_leaves(self):
        return self.picking_type_code in ("outgoing", "dropship") or self.location_dest_id._is_outgoing()

    def _add_delivery_cost_to_so(self):
        # A carrier that is invoiced at its real cost would change the total: Shopify has charged the shipping (ODOO19 §9).
        # sudo: a warehouse worker may have no right on orders.
        if not self.sudo().sale_id.shopify_order_id:
            super()._add_delivery_cost_to_so()

    def write(self, vals):
        result = super().write(vals)
        if "carrier_tracking_ref" in vals or "carrier_id" in vals:
            # Also before the fulfillment is known here: it may be on its way this moment, without the number.
            self._shopify_enqueue_fulfillment()
        return result

    def _shopify_enqueue_fulfillment(self):
        if self.env.context.get("shopify_fulfilled_there"):
            return  # the goods left by Shopify's own hand, and Shopify told us
        # sudo: a warehouse worker may validate without any right on Shopify, stores or orders.
        leaving = self.sudo().filtered(
            lambda picking: (
                picking.shopify_store_id._sends_fulfillments() and picking.state == "done" and picking._shopify_leaves()
            )
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
        """What left with this delivery: {Shopify's line id: whole pieces}."""
        self.ensure_one()
        shipped = {}
        done = self.move_ids.filtered(lambda move: move.state == "done" and move.sale_line_id.shopify_line_id)
        for line, moves in done.grouped("sale_line_id").items():
            if moves.product_id == line.product_id:
                pieces = sum(move.product_uom._compute_quantity(move.quantity, line.product_uom_id) for move in moves)
            else:
                pieces = self._shopify_kits_shipped(line, moves)
            shipped[line.shopify_line_id] = shipped.get(line.shopify_line_id, 0) + int(pieces)
        return {line_id: pieces for line_id, pieces in shipped.items() if pieces > 0}

    def _shopify_kits_shipped(self, line, moves):
        """Kits that this delivery completed: components may leave one after the other, and a kit with the last of them."""
        kit = line.product_id
        bom = moves.bom_line_id.bom_id.filtered(
            lambda bom: (
                bom.type == "phantom"
                and (bom.product_id == kit or (not bom.product_id and bom.product_tmpl_id == kit.product_tmpl_id))
            )
        )[:1]
        if not bom:
            return 0
        earlier = line.move_ids.filtered(
            lambda move: (
                move.state == "done"
                and move.picking_id != self
                and move._is_outgoing()
                and move.picking_id.date_done <= self.date_done
            )
        )
        ordered = line.product_uom_id._compute_quantity(line.product_uom_qty, bom.product_uom_id)
        sides = {"incoming_moves": lambda move: move._is_outgoing(), "outgoing_moves": lambda move: move._is_incoming()}

        def kits(of):
            return of._compute_kit_quantities(kit, ordered, bom, sides) if of else 0

        return kits(earlier | moves) - kits(earlier)
