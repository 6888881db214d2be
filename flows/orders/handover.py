"""What a customer took along from a till: its delivery is done here as well, since the goods have left the shop."""

from odoo import models

# Receipt to output, pick, pack, ship: more steps no route of Odoo has.
STEPS = 4


class OrderHandover(models.AbstractModel):
    _name = "shopify.orders.handover"
    _description = "Shopify Orders: Handed Over"

    def _is_handed_over(self, one):
        return one.source_name == "pos" and one.fulfillment_status == "fulfilled" and not one.cancelled_at

    def _hand_over_late(self, sales):
        """Of confirmed orders those that Shopify told to be handed over by now; a held one is somebody's to release first."""
        self._hand_over(
            sales.filtered(
                lambda sale: sale.state == "sale" and sale._shopify_is_handed_over() and not sale.shopify_hold_cause
            )
        )

    def _hand_over(self, sales):
        """Validate the deliveries of confirmed orders, whatever Odoo believes to be in stock: the goods are gone.

        :return: the orders left open, because a lot or serial number is to be named
        """
        left = self.env["sale.order"]
        for _step in range(STEPS):
            # Not what comes back: that is for whoever receives it.
            open_pickings = sales.picking_ids.filtered(
                lambda one: one.state not in ("done", "cancel") and one.picking_type_code != "incoming"
            )
            # A serial number that nobody named cannot be guessed.
            unnamed = open_pickings.filtered(self._lacks_a_number)
            ready = open_pickings - unnamed
            left |= unnamed.sale_id
            if not ready:
                break
            moves = ready.move_ids.filtered(lambda move: move.state not in ("done", "cancel"))
            for pieces, alike in moves.grouped("product_uom_qty").items():
                alike.write({"quantity": pieces, "picked": True})
            # Shopify knows: it told us.
            ready.with_context(shopify_fulfilled_there=True)._action_done()
        return left & sales.filtered(lambda sale: any(one.state not in ("done", "cancel") for one in sale.picking_ids))

    def _lacks_a_number(self, picking):
        return bool(
            picking.move_ids.filtered(
                lambda move: move.has_tracking != "none" and move.state not in ("assigned", "done", "cancel")
            )
        )
