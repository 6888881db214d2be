"""Which function answers which root field, and the shapes of refusals.

A domain file registers its answers with `@query('orders')` and `@mutation('orderCancel')`; such a function gets the
shop and the field's arguments by keyword in snake_case (what is inside an input object keeps Shopify's names)."""

import functools
import re

from graphql import GraphQLError

QUERIES: dict = {}
MUTATIONS: dict = {}
CHECKS: dict = {}


def query(name):
    def register(function):
        QUERIES[name] = function
        return function

    return register


def mutation(name, check=None):
    """:param check: called with the arguments before anything else, even before the idempotency key is missed"""

    def register(function):
        MUTATIONS[name] = function
        if check:
            CHECKS[name] = check
        return function

    return register


@functools.cache
def snake(name: str) -> str:
    """`inventoryItemId` → `inventory_item_id`; `addressesV2` → `addresses_v2`, `address1` stays."""
    return re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", name).lower()


class Refused(GraphQLError):
    """A top-level error with Shopify's code: the field becomes null, the rest of the answer stays."""

    def __init__(self, message: str, code: str, **extensions):
        super().__init__(message, extensions={"code": code, **extensions})


def user_error(field, message: str, code: str | None = None) -> dict:
    """:param field: path into the arguments, indexes as text (recorded, FACTS 12), or None"""
    return {"field": field, "message": message, "code": code}
