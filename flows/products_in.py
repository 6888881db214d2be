"""Variants, Shopify → Odoo: which there are, and which product each of them is, by SKU.

Path: products/create|update, or the catalog read on connecting → shopify.job → here → shopify.variant.
Key: the product's id, or "catalog".
Repeating it is harmless: rows are unique per (store, variant id), and a link is never replaced.
"""

from odoo import models

from ..commerce import ids, text
from ..commerce.outcome import Final, Later

# A product without options has one variant, which Shopify calls so; people never see the name.
NAMELESS = " - Default Title"


class ProductsIn(models.AbstractModel):
    _name = "shopify.flow.products_in"
    _inherit = "shopify.flow"
    _description = "Catalog from Shopify"

    _direction = "in"
    _topics = ("products/create", "products/update")
    _lane = "slow"
    _priority = 60
    _coalesces = True

    def _key(self, topic, body):
        return f"product:{self._required_id(body)}"

    def _run(self, store, jobs):
        outcomes = {}
        nodes = []
        for job in jobs:
            if job.key == "catalog":
                outcomes[job] = self._read_a_page(store, job)
                continue
            try:
                nodes += self._variants_of(job._body())
            except ValueError as unreadable:
                why = self.env._("Shopify's message could not be read as a product: %(reason)s", reason=str(unreadable))
                outcomes[job] = Final("unreadable", why)
        self._save(store, nodes)
        return outcomes

    def _read_a_page(self, store, job):
        """One page of the catalog a run, so that other work gets its turn; the cursor stays on the job."""
        page = self._ask(store, "product_variants", {"after": job._body().get("after")})["productVariants"]
        self._save(
            store,
            [
                {
                    "shopify_id": ids.number(node["id"]),
                    "title": node["displayName"].removesuffix(NAMELESS),
                    "sku": node["sku"],
                    "barcode": node["barcode"],
                    "product_shopify_id": ids.number(node["product"]["id"]),
                    "inventory_item_id": ids.number(node["inventoryItem"]["id"]),
                    "tracked": node["inventoryItem"]["tracked"],
                    "inventory_policy": node["inventoryPolicy"].lower(),
                }
                for node in page["nodes"]
            ],
        )
        if not page["pageInfo"]["hasNextPage"]:
            return None
        job._continue_at({"after": page["pageInfo"]["endCursor"]})
        return Later(self.env._("Reading the catalog goes on with the next page."), seconds=0, counts=False)

    def _variants_of(self, body):
        """The variants of a product's webhook body (REST-shaped; SHOPIFY_API §10.4). Raises ValueError when there are none."""
        title = text.clean(body.get("title")) or self.env._("Without a title")
        variants = body.get("variants") or ()
        if not isinstance(variants, list | tuple) or not all(isinstance(variant, dict) for variant in variants):
            raise ValueError("its variants are not a list of objects")
        nodes = []
        for variant in variants:
            name, number = text.clean(variant.get("title")), ids.number(variant.get("id"))
            if number is None:
                raise ValueError("a variant has no id")
            node = {
                "shopify_id": number,
                "title": title if name in (None, "Default Title") else f"{title} - {name}",
                "product_shopify_id": ids.number(body["id"]),
            }
            # What the body does not carry is unknown and overwrites nothing: bodies since 2024-07 have no inventory_management.
            node.update({field: text.clean(variant[field]) for field in ("sku", "barcode") if field in variant})
            if "inventory_item_id" in variant:
                node["inventory_item_id"] = ids.number(variant["inventory_item_id"])
            if "inventory_management" in variant:
                node["tracked"] = variant["inventory_management"] == "shopify"
            if variant.get("inventory_policy") in ("deny", "continue"):
                node["inventory_policy"] = variant["inventory_policy"]
            nodes.append(node)
        return nodes

    def _save(self, store, nodes):
        unique = {node["shopify_id"]: {name: value or False for name, value in node.items()} for node in nodes}
        self.env["shopify.variant"]._upsert(store, list(unique.values()))._match_by_sku()
