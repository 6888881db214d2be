"""productSet: a product as a whole, created or brought to what is given (recorded, FACTS 47-52).

List fields are replaced only when their key is present; variants are matched by id, else by their option values."""

from . import variant_changes
from .nodes import Node
from .product_changes import handle_error, make, take, text_errors
from .roots import mutation, user_error


class SetOperation(Node):
    """An asynchronous productSet: applied at once, told as COMPLETE when it is polled."""

    typename = "ProductSetOperation"
    status = "COMPLETE"

    def __init__(self, shop, product, errors):
        super().__init__(shop)
        self.product, self.user_errors = product, errors


def _meant(shop, identifier, input):
    if identifier.get("handle"):
        return next((p for p in shop.products if p.handle == identifier["handle"]), None)
    gid = identifier.get("id") or input.get("id")
    return shop.find(gid, "Product") if gid else None


def _values(names, row) -> tuple:
    named = {one.get("optionName"): one.get("name") for one in row.get("optionValues") or ()}
    return tuple(named.get(name) for name in names)


def _errors(shop, product, identifier, input):
    if input.get("id") and identifier:
        text = "The id field is not allowed if identifier is provided."
        yield user_error(["input"], text, "ID_NOT_ALLOWED")
        return
    if product is None and (identifier.get("id") or input.get("id")):
        yield user_error(["input", "id"], "Product does not exist", "PRODUCT_DOES_NOT_EXIST")
        return
    yield from text_errors(input, creating=product is None, path=["input"])
    if error := handle_error(shop, input, product):
        yield error
    rows, options = input.get("variants"), input.get("productOptions")
    if options and rows is None and product is not None:
        text = "Variants input is required when updating product options"
        yield user_error(["input", "variants"], text, "VARIANTS_INPUT_MISSING")
    names = [one["name"] for one in options] if options else product.option_names if product else ["Title"]
    seen = set()
    for index, row in enumerate(rows or ()):
        values = _values(names, row)
        if values in seen:
            text = (
                f"The variant '{' / '.join(map(str, values))}' already exists. Please change at least one option value."
            )
            yield user_error(["input", "variants", str(index)], text, "VARIANT_ALREADY_EXISTS")
        seen.add(values)
        yield from variant_changes.price_errors(row, ["input", "variants", str(index)])


def _bring(product, input):
    """Make the variants what `input` says."""
    if input.get("productOptions"):
        product.option_names = [one["name"] for one in input["productOptions"]]
    rows = input.get("variants")
    if rows is None:
        return
    before = {tuple(v.option_values): v for v in product.variants}
    kept = []
    for row in rows:
        values = _values(product.option_names, row)
        known = product.shop.find(row["id"], "ProductVariant") if row.get("id") else before.get(values)
        variant = known or variant_changes.new_variant(product, values if all(values) else None)
        if known and all(values):
            known.option_values = list(values)
        variant_changes.take(variant, row)
        variant_changes.stock(variant, row.get("inventoryQuantities"), key="quantity")
        kept.append(variant)
    for variant in [v for v in product.variants if v not in kept]:
        variant_changes.remove(variant)
    product.variants[:] = kept


@mutation("productSet")
def product_set(shop, *, input, identifier=None, synchronous=True):
    identifier = identifier or {}
    product = _meant(shop, identifier, input)
    errors = list(_errors(shop, product, identifier, input))
    if not errors:
        creating = product is None
        if creating:
            product = make(shop, {**input, "handle": input.get("handle") or identifier.get("handle")})
        else:
            take(product, input)
        _bring(product, input)
        if not product.variants:
            variant_changes.new_variant(product)
        product.touch()
        shop.emit("products/create" if creating else "products/update", product.body())
    result = None if errors else product
    if synchronous:
        return {"product": result, "productSetOperation": None, "userErrors": errors}
    operation = SetOperation(shop, result, errors)
    created = {"id": operation.id, "status": "CREATED", "product": None, "userErrors": []}
    return {"product": None, "productSetOperation": created, "userErrors": []}
