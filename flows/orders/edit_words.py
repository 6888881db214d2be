"""An edit in words: what was done, on the order's chatter, and what was not, as an activity of somebody."""

from odoo import models
from odoo.tools import plaintext2html

from ...commerce.outcome import Done


class OrderEditWords(models.AbstractModel):
    _name = "shopify.orders.edit_words"
    _inherit = "shopify.orders.amounts"
    _description = "Shopify Orders: An Edit in Words"

    def _say(self, sale, told):
        if told:
            sale.message_post(body=plaintext2html(self.env._("Edited in Shopify:") + "\n" + "\n".join(told)))

    def _tell(self, sale, charges, plan):
        """How it ended; a difference that is left gets an activity, unless somebody has set this very one aside."""
        if not plan.kept:
            if self._open_activities(sale) and not sale.shopify_difference:
                sale.activity_feedback(["shopify_sync.mail_activity_type_difference"])
            return Done(sale)
        if plan.news:
            sale.shopify_difference_accepted = False
        if sale.shopify_difference_accepted:
            return Done(sale)
        lines = "; ".join(
            self.env._("%(article)s (%(why)s)", article=self._title(line, charge), why=why)
            for line, charge, why in plan.kept
        )
        note = self.env._(
            "%(order)s was edited in Shopify, where its total is %(total)s now. Not changed here: %(lines)s. "
            "Look at the order: apply the edit, change it by hand, or set the difference aside.",
            order=sale.shopify_order_name,
            total=self._amount(charges.total, sale.currency_id),
            lines=lines,
        )
        self._raise_activity(sale, note)
        return Done(sale, note)

    def _raise_activity(self, sale, note):
        """One open activity of its own kind, so that it goes away with the difference."""
        open_ones = self._open_activities(sale)
        if open_ones:
            open_ones.write({"note": plaintext2html(note)})
            return
        user = sale.shopify_store_id.responsible_id or self.env.ref("base.user_admin")
        sale.with_context(mail_activity_quick_update=True).activity_schedule(
            "shopify_sync.mail_activity_type_difference",
            summary=self.env._("Shopify: the order was edited there"),
            note=plaintext2html(note),
            user_id=user.id,
        )

    def _open_activities(self, sale):
        kind = self.env.ref("shopify_sync.mail_activity_type_difference")
        return sale.activity_ids.filtered(lambda activity: activity.activity_type_id == kind)

    def _title(self, line, charge):
        return line.name.splitlines()[0] if line else charge.title

    def _in_words(self, charge):
        return f"{charge.quantity} × {charge.title}"

    def _said(self, line, charge):
        if not line:
            return self.env._("Added: %(line)s", line=self._in_words(charge))
        if not charge or not charge.quantity:
            return self.env._("Removed: %(article)s", article=self._title(line, charge))
        if charge.quantity != line.product_uom_qty:
            return self.env._(
                "%(article)s: %(before)g → %(after)g",
                article=self._title(line, charge),
                before=line.product_uom_qty,
                after=charge.quantity,
            )
        return self.env._(
            "%(article)s: %(before)s → %(after)s",
            article=self._title(line, charge),
            before=self._amount(line.price_total, line.currency_id),
            after=self._amount(charge.gross, line.currency_id),
        )

    def _why_line_differs(self, line, gross):
        return self.env._(
            "“%(article)s” would come to %(odoo)s instead of Shopify's %(shopify)s.",
            article=line.name.splitlines()[0],
            odoo=self._amount(line.price_total, line.currency_id),
            shopify=self._amount(gross, line.currency_id),
        )
