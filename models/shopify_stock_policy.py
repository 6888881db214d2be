"""How much of what is there a store offers: the same few numbers on a location and on a rule."""

from decimal import Decimal

from odoo import fields, models

from ..commerce import stock


class ShopifyStockPolicy(models.AbstractModel):
    _name = "shopify.stock.policy"
    _description = "Shopify Stock Policy"

    safety_pieces = fields.Integer(
        string="Safety Stock",
        help="Pieces that are never offered, so that a miscount or a broken piece disappoints nobody.",
    )
    safety_percent = fields.Float(
        string="Safety %",
        digits=(5, 2),
        help="Percent of what is free that is kept back besides, rounded up to whole pieces.",
    )
    share_percent = fields.Float(
        string="Share %",
        digits=(5, 2),
        default=100,
        help="How much of what is free is this store's, where other stores or channels sell from the same shelves. "
        "100: all of it; what one channel sells is then gone for the others seconds later. To give a channel pieces of its own, "
        "feed its Shopify location by an Odoo location of its own.",
    )
    cap = fields.Integer(
        string="At Most", help="Never more than this can be bought, however much is there. 0: no such limit."
    )
    multiple = fields.Integer(
        string="In Multiples Of",
        default=1,
        help="Sold in boxes of 6? Then what can be bought is rounded down to a multiple of 6.",
    )

    _safety_pieces_positive = models.Constraint("CHECK (safety_pieces >= 0)", "Safety stock is 0 pieces or more.")
    _cap_positive = models.Constraint("CHECK (cap >= 0)", "The most that can be bought is 0 (no limit) or more.")
    _multiple_positive = models.Constraint("CHECK (multiple >= 1)", "Multiples are of 1 piece or more.")
    _percents = models.Constraint(
        "CHECK (safety_percent BETWEEN 0 AND 100 AND share_percent BETWEEN 0 AND 100)", "Percentages are 0 to 100."
    )

    def _policy(self, *, sells=True):
        """As commerce reads it."""
        self.ensure_one()
        return stock.Policy(
            safety=self.safety_pieces,
            cap=self.cap or None,
            safety_percent=Decimal(str(round(self.safety_percent, 2))),
            share=Decimal(str(round(self.share_percent, 2))),
            multiple=self.multiple,
            sells=sells,
        )
