"""Which of a store's orders are Odoo's business, and how none of them is missed."""

from odoo import api, fields, models


class ShopifyStoreOrders(models.AbstractModel):
    _name = "shopify.store.orders"
    _description = "Orders of a Shopify Store"

    go_live_at = fields.Datetime(
        string="Went Live",
        copy=False,
        help="Orders placed earlier are not imported by themselves, only where somebody asks for them (Import Orders).",
    )
    fetch_missed_orders = fields.Boolean(
        default=True,
        help="Searches Shopify every few minutes for orders that no webhook brought, and compares each day's orders.",
    )
    orders_read_until = fields.Datetime(
        readonly=True, copy=False, help="The search for missed orders has seen all changes up to here."
    )

    import_drafts = fields.Boolean(
        string="Import Draft Orders",
        help="A draft becomes a quotation, which the order continues when the customer buys. The app needs the access scope "
        "read_draft_orders.",
    )

    def write(self, vals):
        result = super().write(vals)
        if "import_drafts" in vals:
            # The webhooks that come are others now.
            self.env["shopify.job"]._enqueue(
                "connection",
                [{"store_id": store.id, "key": "connection"} for store in self if store.state == "connected"],
            )
        return result

    def action_import_orders(self):
        self.ensure_one()
        return {
            **self.env["ir.actions.act_window"]._for_xml_id("shopify_sync.shopify_backfill_action_new"),
            "context": {"default_store_id": self.id},
        }

    @api.model
    def _cron_fetch_missed_orders(self):
        stores = self.search([("state", "=", "connected"), ("fetch_missed_orders", "=", True)])
        # One that waits still does the work of the next.
        waiting = self.env["shopify.job"].search([("key", "=", "missed"), ("state", "=", "pending")]).store_id
        self.env["shopify.job"]._enqueue(
            "orders_backfill", [{"store_id": store.id, "key": "missed"} for store in stores - waiting]
        )

    @api.model
    def _cron_compare_orders(self):
        """Yesterday, and the day before once more: what came late is there by then."""
        stores = self.search([("state", "=", "connected"), ("fetch_missed_orders", "=", True)])
        today = fields.Date.today()
        days = [fields.Date.subtract(today, days=number) for number in (2, 1)]
        self.env["shopify.job"]._enqueue(
            "orders_check", [{"store_id": store.id, "key": f"check:{day}"} for store in stores for day in days]
        )
