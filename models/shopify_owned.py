"""What Shopify says about a document of Odoo: nobody but the engine writes it."""

from odoo import api, models
from odoo.exceptions import AccessError


class ShopifyOwned(models.AbstractModel):
    _name = "shopify.owned"
    _description = "Fields that only Shopify writes"

    @api.model_create_multi
    def create(self, vals_list):
        # A default in the context fills what the values leave out, and over RPC the context is the caller's too.
        given = {name.removeprefix("default_") for name in self.env.context if name.startswith("default_shopify_")}
        for vals in vals_list:
            self._check_shopify_owns({*vals, *given.intersection(self._fields)})
        return super().create(vals_list)

    def write(self, vals):
        self._check_shopify_owns(vals)
        return super().write(vals)

    def _check_shopify_owns(self, names):
        """A field that is read-only on screens alone could be written over RPC: a hold lifted, or another store's order claimed."""
        owned = [name for name in names if name.startswith("shopify_")]
        if owned and not self.env.su:
            raise AccessError(self.env._("%(fields)s: only Shopify says that.", fields=", ".join(owned)))
