"""Unknown articles that became known.   a variant was linked → shopify.job → here → the placeholder lines of its orders

Keys: the store ("unknown articles": finds the orders), then each order. The order's own job puts the product on its lines, keeping
price and taxes, and starts the delivery of those that were confirmed meanwhile. Repeating it is harmless: a line without a
placeholder stays as it is.
"""

from odoo import models

from ..commerce.outcome import Done
from .orders.readdressing import EDITING

STORE_KEY = "unknown articles"


class UnknownProducts(models.AbstractModel):
    _name = "shopify.flow.unknown_products"
    _inherit = ["shopify.flow", "shopify.orders.handover"]
    _description = "Unknown Articles of Orders"

    _direction = "in"
    _priority = 25
    _batch = 20  # confirming what is to be delivered locks quants, as importing does
    _coalesces = True

    def _run(self, store, jobs):
        for_store = jobs.filtered(lambda job: job.key == STORE_KEY)
        if for_store:
            self._find_orders(store)
        outcomes = {}
        by_order = (jobs - for_store).grouped("res_id")
        sales = self.env["sale.order"].browse(by_order).exists()
        replaced = self._replace(store, sales.filtered(lambda sale: sale.state != "cancel"))
        for sale in sales:
            for job in by_order[sale.id]:
                outcomes[job] = Done(sale, replaced.get(sale))
        return outcomes

    def _find_orders(self, store):
        """A job for each order with a placeholder whose article is linked by now; held ones that wait for such an article go on."""
        lines = self._waiting_lines([("order_id.shopify_store_id", "=", store.id), ("state", "!=", "cancel")])
        variants = self.env["shopify.variant"]._resolve(store, lines.mapped("shopify_variant_id"))
        ready = lines.filtered(
            lambda line: variants.get(line.shopify_variant_id, self.env["shopify.variant"]).product_id
        )
        self.env["shopify.job"]._enqueue(
            "unknown_products", [self._prepare_order_job(sale) for sale in ready.order_id.sorted("id")]
        )
        waiting = self.env["shopify.job"].search(
            [("store_id", "=", store.id), ("state", "=", "attention"), ("cause", "=", "product_unknown")]
        )
        decided = self.env["shopify.flow.orders_in"]._decided(set(filter(None, waiting.mapped("cause_key"))))
        waiting.filtered(lambda job: job.cause_key in decided)._set_pending()

    def _prepare_order_job(self, sale):
        return {
            "store_id": sale.shopify_store_id.id,
            "key": f"order:{sale.shopify_order_id}",
            "res_model": "sale.order",
            "res_id": sale.id,
        }

    def _waiting_lines(self, domain):
        placeholder = self.env.ref("shopify_sync.product_placeholder")
        return self.env["sale.order.line"].search(
            [("product_id", "=", placeholder.id), ("shopify_variant_id", "!=", False), *domain]
        )

    # -- the orders -------------------------------------------------------------------------------
    def _replace(self, store, sales):
        """Put the products on the lines of a batch of orders. Returns {sale: what was done, in words}."""
        lines = self._waiting_lines([("order_id", "in", sales.ids)])
        variants = self.env["shopify.variant"]._resolve(store, lines.mapped("shopify_variant_id"))
        done, told = self.env["sale.order.line"], {}
        locked = lines.order_id.filtered("locked")
        locked.action_unlock()
        for line in lines:
            variant = variants.get(line.shopify_variant_id)
            if not variant or not variant.product_id:
                continue
            product = variant.product_id
            told.setdefault(line.order_id, []).append(
                self.env._(
                    "%(article)s is %(product)s", article=line.name.splitlines()[0], product=product.display_name
                )
            )
            line.with_context(**EDITING).write(self._prepare_line(line, product))
            done |= line
        # Of a quotation nothing is launched; it is when it is confirmed.
        done.filtered(lambda line: line.state == "sale").with_context(**EDITING)._action_launch_stock_rule()
        locked.action_lock()
        self._hand_over_late(done.order_id)  # what a customer took along from a till, nobody is to send
        return self._tell(told)

    def _prepare_line(self, line, product):
        """Price, taxes and Shopify's amounts stay as they are; what stands below the title (a discount) stays too."""
        _title, *rest = line.name.splitlines()
        return {
            "product_id": product.id,
            "product_uom_id": product.uom_id.id,
            "name": "\n".join([product.display_name, *rest]),
        }

    def _tell(self, told):
        words = {sale: "; ".join(parts) for sale, parts in told.items()}
        sales = self.env["sale.order"].union(*told)
        sales._message_log_batch(
            bodies={
                sale.id: self.env._("Unknown articles became known: %(articles)s.", articles=words[sale])
                for sale in sales
            }
        )
        sales.filtered(lambda sale: not sale.shopify_has_placeholder).activity_feedback(
            ["shopify_sync.mail_activity_type_unknown_product"]
        )
        return words
