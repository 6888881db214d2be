"""What is to be offered in Shopify: for each variant and location the level that Odoo says is right, and how it came about.

Computed from what is in the database now, for a whole batch with a fixed number of queries. Whoever sends, compares or shows a
level asks `_targets`, so that all three say the same.
"""

from collections import defaultdict
from dataclasses import replace
from decimal import Decimal

from odoo import models

from ...commerce import stock

ZERO = Decimal(0)


class ShopifyStockOffer(models.AbstractModel):
    _name = "shopify.stock.offer"
    _inherit = ["shopify.stock.underway", "shopify.stock.components"]
    _description = "What is offered in Shopify"

    def _targets(self, store, variants, places=None):
        """{(shopify.variant, shopify.location): commerce.stock.OnHand}: the `on_hand` that each level is to have.

        :param variants: linked variants of this store; those that `_why_not` names a reason for are to be left out before
        :param places: some of the store's locations; all that Odoo's quantities go to, unless told
        :return: a pair that a rule tells us to leave alone is missing
        """
        places = store.location_ids._pushable() if places is None else places
        policies = self.env["shopify.stock.rule"]._policies(store, variants, places)
        if not policies:
            return {}
        parts = self._parts(variants.product_id, store.company_id)
        components = self.env["product.product"].union(*(product for part in parts.values() for product in part))
        on_hand = self._on_hand(components, places)
        incoming = self._incoming(components, places)
        others = self._for_others(self._promised(store, components, places))
        shipped = self._shipped_not_fulfilled(store, variants, components, places)
        fulfilled = self._fulfilled_not_shipped(store, variants, components, places)
        if any(policy.looks_at_committed or not pair[0].product_id.active for pair, policy in policies.items()):
            sold = self._sold(store, variants)
        else:
            sold = defaultdict(lambda: ZERO)
        result = {}
        for (variant, place), policy in policies.items():
            pair, taken_from = (variant, place), parts[variant.product_id]
            there, expected, promised = self._numbers(
                taken_from,
                {part: on_hand[part.id, place.id] for part in taken_from},
                {part: incoming[part.id, place.id] for part in taken_from},
                {part: others(part, place, variant) for part in taken_from},
                is_kit=variant.product_id not in taken_from,
            )
            result[pair] = stock.explain(
                there,
                promised,
                shipped[pair],
                fulfilled[pair],
                policy if variant.product_id.active else replace(policy, sells=False),
                incoming=expected,
                committed=sold[variant.shopify_id, place.id] + shipped[pair],
            )
        return result

    def _for_others(self, rows):
        """What is promised to anybody but orders of this very variant that Shopify committed at this place.

        Those it subtracts itself. Pieces that go out within a kit, or as another variant of the same product, it does not.
        """
        total, own = defaultdict(lambda: ZERO), defaultdict(lambda: ZERO)
        for product_id, place, committed_at, sold_as, pieces in rows:
            total[product_id, place.id] += pieces
            if committed_at == place.id:
                own[product_id, place.id, sold_as] += pieces
        return lambda product, place, variant: (
            total[product.id, place.id] - own[product.id, place.id, variant.shopify_id]
        )

    def _numbers(self, parts, there, expected, promised, *, is_kit):
        """(on hand, incoming, for others) in pieces of the variant; of a kit, in whole kits that its components make."""
        if not is_kit:
            return [next(iter(numbers.values())) for numbers in (there, expected, promised)]
        made = stock.kits((there[part], needed) for part, needed in parts.items())
        with_expected = stock.kits((there[part] + expected[part], needed) for part, needed in parts.items())
        left = stock.kits((there[part] + expected[part] - promised[part], needed) for part, needed in parts.items())
        return made, with_expected - made, with_expected - left

    # -- what is not sent, and why ----------------------------------------------------------------
    def _why_not(self, variant, kits=None):
        """Why no level of this variant is sent, in words, or None.

        :param kits: what `_kits` found for a batch of products, so that it is not asked for each
        """
        product = variant.product_id
        if not product or not variant.inventory_item_id:
            return self.env._("The variant is not linked to a product any more.")
        if not self._is_counted(variant, kits):
            return self.env._("Odoo does not count the stock of this product, so none is sent.")
        if not variant.tracked:
            return self.env._("Shopify does not count the stock of this variant: switch on “Track quantity” there.")
        return None

    def _is_counted(self, variant, kits=None):
        """Whether Odoo counts the stock of this variant's product, or of its components."""
        product = variant.product_id
        if not product or product.is_storable:
            return bool(product)
        return product in (self._kits(product, variant.company_id) if kits is None else kits)

    def _why_not_here(self, level, kits=None):
        """Why nothing is sent to this level, in words, or None."""
        place = level.location_id
        if not level.store_id.push_stock:
            return self.env._("Stock is not sent to this store: it is switched off there.")
        if place.is_fulfillment_service:
            return self.env._(
                "%(place)s is run by a fulfillment service, which counts its stock itself.", place=place.name
            )
        if not place.is_active:
            return self.env._("%(place)s is not active in Shopify.", place=place.name)
        if not place.location_ids:
            return self.env._("No Odoo location feeds %(place)s.", place=place.name)
        return self._why_not(level.variant_id, kits)

    # -- in words ---------------------------------------------------------------------------------
    def _explain(self, target):
        """The formula with its numbers, in a line."""
        _t = self.env._
        parts = [_t("On hand %(pieces)s", pieces=self._plain(target.on_hand))]
        for words, quantity in (
            (_t("+ expected %(pieces)s"), target.incoming),
            (_t("− reserved for others %(pieces)s"), target.reserved_for_others),
            (_t("− safety %(pieces)s"), target.safety),
            (_t("− for other channels %(pieces)s"), target.other_channels),
            (_t("+ shipped, not yet told to Shopify %(pieces)s"), target.shipped_not_fulfilled),
            (_t("− fulfilled in Shopify, not yet shipped %(pieces)s"), target.fulfilled_not_shipped),
        ):
            if quantity:
                parts.append(words % {"pieces": self._plain(quantity)})
        if limit := self._limit_in_words(target):
            parts.append(f"= {self._plain(target.exact)}; {limit}")
        return " ".join(parts) + f" = {target.pieces}"

    def _in_words(self, target, level):
        """The formula, and what it means for customers: sentences for the screen."""
        if target is None:
            return self.env._("A stock rule says to leave Shopify's quantity alone.")
        words = [f"{self._explain(target)}."]
        if level.committed:
            words.append(
                self.env._(
                    "Shopify has %(committed)s of them committed, so %(pieces)s can be bought.",
                    committed=level.committed,
                    pieces=target.pieces - level.committed,
                )
            )
        else:
            words.append(self.env._("%(pieces)s can be bought.", pieces=target.pieces))
        if not target.on_hand.is_zero() and level.variant_id.product_id and not level.variant_id.product_id.active:
            words.append(self.env._("The product is archived, so nothing of it is offered."))
        if not level.is_stocked:
            words.append(
                self.env._(
                    "Shopify does not stock the article at %(place)s, so it is not sold from there. Stock it there in Shopify, or "
                    "switch on “Stock Everything Here” on the location.",
                    place=level.location_id.name,
                )
            )
        return " ".join(words)

    def _plain(self, quantity):
        return f"{quantity.normalize():f}"

    def _limit_in_words(self, target):
        cap, multiple = target.policy.cap, target.policy.multiple
        return {
            "cap": lambda: self.env._("at most %(pieces)s can be bought", pieces=cap),
            "multiple": lambda: self.env._("sold in multiples of %(pieces)s", pieces=multiple),
            "not_sold": lambda: self.env._("not sold in this store"),
        }.get(target.limited_by, lambda: None)()
