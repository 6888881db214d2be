"""What Shopify says about a document of Odoo: nobody but the engine writes it."""

from odoo import api, models
from odoo.exceptions import AccessError


class ShopifyOwned(models.AbstractModel):
    _name = "shopify.owned"
    _description = "Fields that only Shopify writes"

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_shopify_owns(vals)
        return super().create(vals_list)

    def write(self, vals):
        self._check_shopify_owns(vals)
        return super().write(vals)

    @api.model
    def default_get(self, fields):
        # Over RPC the context is the caller's, and everybody may keep defaults of their own: neither speaks for Shopify.
        return super().default_get([name for name in fields if not name.startswith("shopify_")])

    def _check_shopify_owns(self, vals):
        """A field that is read-only on screens alone could be written over RPC: a hold lifted, or another store's order claimed."""
        owned = [name for name in vals if name.startswith("shopify_")]
        if owned and not self.env.su:
            raise AccessError(self.env._("%(fields)s: only Shopify says that.", fields=", ".join(owned)))
