"""Creating, changing and deleting variants of a product (productVariantsBulk…; recorded, FACTS 45, 55-57)."""

from .money import exact
from .products import Variant
from .roots import mutation, user_error

_TOO_MUCH = exact("1000000000000000000")
_NO_PRODUCT = ("Product does not exist", "PRODUCT_DOES_NOT_EXIST")


def new_variant(product, option_values=None) -> Variant:
    """As Shopify makes one: price 0.00, stocked at the shop's first location, not tracked."""
    variant = Variant(product, sku=None, price="0.00", option_values=option_values or (), tracked=False)
    for place in product.shop.locations[:1]:
        variant.item.stocked(place)
    return variant


def option_values(product, given, before=None) -> list:
    """The value for each option of the product from `optionValues` [{optionName, name}]; what is not named stays."""
    named = {one.get("optionName"): one.get("name") for one in given}
    old = before or [None] * len(product.option_names)
    return [named.get(name, old[index]) for index, name in enumerate(product.option_names)]


def price_errors(given, path, variant=None):
    """compareAtPrice is looked at before price (recorded, FACTS 19)."""
    for key, label in (("compareAtPrice", "Compare at price"), ("price", "Price")):
        value = given.get(key)
        if value is None:
            continue
        amount = exact(value)
        if amount < 0:
            yield user_error([*path, key], f"{label} must be greater than or equal to 0", "GREATER_THAN_OR_EQUAL_TO")
        elif amount >= _TOO_MUCH:
            yield user_error([*path, key], f"must be less than {_TOO_MUCH}", "INVALID_INPUT")
    cost = (given.get("inventoryItem") or {}).get("cost")
    if cost is not None and exact(cost) < 0:
        text = "Cost per item must be greater than or equal to 0"
        yield user_error([*path, "inventoryItem", "cost"], text, "GREATER_THAN_OR_EQUAL_TO")
    elif cost is not None and exact(cost) >= _TOO_MUCH:
        yield user_error(
            [*path, "inventoryItem", "cost"], f"Cost per item must be less than {_TOO_MUCH}", "INVALID_INPUT"
        )


def take(variant, given):
    """Write the plain fields of a variant input."""
    if given.get("price") is not None:
        variant.price = exact(given["price"])
    if "compareAtPrice" in given:
        variant.compare_at_price = None if given["compareAtPrice"] is None else exact(given["compareAtPrice"])
    for key, name in (("barcode", "barcode"), ("taxable", "taxable"), ("inventoryPolicy", "inventory_policy")):
        if key in given:
            setattr(variant, name, given[key])
    if "sku" in given:
        variant.item.sku = given["sku"]
    if given.get("inventoryItem"):
        variant.item.take(given["inventoryItem"])
    variant.touch()


def stock(variant, rows, key="availableQuantity"):
    """`inventoryQuantities` of an input: sets what is available at the locations named."""
    for row in rows or ():
        place = variant.shop.find(row["locationId"], "Location")
        level = variant.item.levels.get(place) or variant.item.stocked(place)
        level.is_active = True
        level.change("api", available=row[key] - level.available)


def remove(variant):
    shop = variant.shop
    variant.product.variants.remove(variant)
    shop.nodes.pop((variant.typename, str(variant.number)), None)
    shop.nodes.pop((variant.item.typename, str(variant.item.number)), None)
    shop.items.pop(str(variant.item.number), None)


def changed(product):
    product.touch()
    product.shop.emit("products/update", product.body())


def _option_errors(product, given, path):
    """What is wrong with the option values of a variant to be made."""
    names = [one.get("optionName") for one in given.get("optionValues") or ()]
    if twice := next((name for name in names if names.count(name) > 1), None):
        yield user_error([*path, "optionValues"], f"Duplicated option name '{twice}'", "INVALID_INPUT")
        return
    for index, name in enumerate(names):
        if name is not None and name not in product.option_names:
            yield user_error([*path, "optionValues", str(index)], "Option does not exist", "INVALID_INPUT")
            return
    missing = [name for name in product.option_names if name not in names]
    if names and missing:
        text = f"You need to add option values for {', '.join(missing)}"
        yield user_error(path, text, "NEED_TO_ADD_OPTION_VALUES")


def _create_errors(shop, product, given, path):
    yield from price_errors(given, path)
    yield from _option_errors(product, given, path)
    for row in given.get("inventoryQuantities") or ():
        if shop.find(row["locationId"], "Location") is None:
            title = " / ".join(one.get("name") or "" for one in given.get("optionValues") or ())
            text = f"Quantity for {title} couldn't be set because the location was deleted."
            yield user_error([*path, "inventoryQuantities"], text, "TRACKED_VARIANT_LOCATION_NOT_FOUND")


@mutation("productVariantsBulkCreate")
def bulk_create(shop, *, product_id, variants, strategy="DEFAULT"):
    """A product with nothing but its default variant loses it, unless the strategy keeps it."""
    product = shop.find(product_id, "Product")
    if product is None:
        return {"product": None, "productVariants": [], "userErrors": [user_error(["productId"], *_NO_PRODUCT)]}
    errors = []
    taken = {tuple(v.option_values) for v in product.variants}
    alone = product.has_only_default_variant and strategy in ("DEFAULT", "REMOVE_STANDALONE_VARIANT")
    for index, given in enumerate(variants):
        path = ["variants", str(index)]
        found = list(_create_errors(shop, product, given, path))
        values = tuple(option_values(product, given.get("optionValues") or ()))
        if not found and values in taken and not alone:
            text = (
                f"The variant '{' / '.join(map(str, values))}' already exists. Please change at least one option value."
            )
            found = [user_error(path, text, "VARIANT_ALREADY_EXISTS")]
        taken.add(values)
        errors += found
    if errors:
        return {"product": product, "productVariants": [], "userErrors": errors}
    if alone or strategy == "REMOVE_STANDALONE_VARIANT":
        for variant in list(product.variants):
            if variant.title == "Default Title":
                remove(variant)
    made = []
    for given in variants:
        variant = new_variant(product, option_values(product, given.get("optionValues") or ()))
        take(variant, given)
        stock(variant, given.get("inventoryQuantities"))
        made.append(variant)
    changed(product)
    return {"product": product, "productVariants": made, "userErrors": []}


def _update_errors(shop, product, given, path):
    if not given.get("id"):
        yield user_error([*path, "id"], "Product variant is missing ID attribute", "PRODUCT_VARIANT_ID_MISSING")
        return
    variant = shop.find(given["id"], "ProductVariant")
    if variant is None or variant.product is not product:
        yield user_error([*path, "id"], "Product variant does not exist", "PRODUCT_VARIANT_DOES_NOT_EXIST")
        return
    yield from price_errors(given, path)
    if given.get("inventoryQuantities"):
        text = (
            "Inventory quantities can only be provided during create. To update inventory for existing variants, use "
        )
        code = "NO_INVENTORY_QUANTITIES_ON_VARIANTS_UPDATE"
        yield user_error([*path, "inventoryQuantities"], f"{text}inventoryAdjustQuantities.", code)
    for index, one in enumerate(given.get("optionValues") or ()):
        if one.get("optionName") is not None and one["optionName"] not in product.option_names:
            yield user_error([*path, "optionValues", str(index)], "Option does not exist", "OPTION_DOES_NOT_EXIST")


@mutation("productVariantsBulkUpdate")
def bulk_update(shop, *, product_id, variants, allow_partial_updates=False):
    """With `allowPartialUpdates` the good rows are written and every row is shown (recorded, FACTS 55)."""
    product = shop.find(product_id, "Product")
    if product is None:
        return {"product": None, "productVariants": None, "userErrors": [user_error(["productId"], *_NO_PRODUCT)]}
    errors, good, shown = [], [], []
    for index, given in enumerate(variants):
        found = list(_update_errors(shop, product, given, ["variants", str(index)]))
        variant = shop.find(given["id"], "ProductVariant") if given.get("id") else None
        if variant is not None and variant.product is product:
            shown.append(variant)
        if not found:
            good.append((variant, given))
        errors += found
    if errors and not allow_partial_updates:
        known = shown and not any(error["field"][-1] == "id" for error in errors)
        return {"product": product, "productVariants": shown if known else None, "userErrors": errors}
    for variant, given in good:
        if given.get("optionValues"):
            variant.option_values = option_values(product, given["optionValues"], variant.option_values)
        take(variant, given)
    if good:
        changed(product)
    return {"product": product, "productVariants": shown, "userErrors": errors}


@mutation("productVariantsBulkDelete")
def bulk_delete(shop, *, product_id, variants_ids):
    product = shop.find(product_id, "Product")
    if product is None:
        return {"product": None, "userErrors": [user_error(["productId"], *_NO_PRODUCT)]}
    doomed = [shop.find(one, "ProductVariant") for one in variants_ids]
    text, code = (
        "At least one variant does not belong to the product",
        "AT_LEAST_ONE_VARIANT_DOES_NOT_BELONG_TO_THE_PRODUCT",
    )
    errors = [
        user_error(["variantsIds", str(index)], text, code)
        for index, variant in enumerate(doomed)
        if variant is None or variant.product is not product
    ]
    if not errors:
        for variant in doomed:
            remove(variant)
        changed(product)
    return {"product": product, "userErrors": errors}
