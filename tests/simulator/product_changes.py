"""Creating, changing and deleting products (recorded, FACTS 10, 53-59)."""

from . import nodes
from .nodes import Node
from .products import Product, clean_tags, free_handle, plain_handle
from .roots import QUERIES, Refused, mutation, query, user_error
from .variant_changes import changed, new_variant, remove

_LONGEST = 255
_TEXTS = {
    "title": "Title",
    "vendor": "Vendor",
    "productType": "Product type",
    "customProductType": "Custom product type",
}


class DeleteOperation(Node):
    """An asynchronous deletion. `status` goes CREATED, ACTIVE, COMPLETE as it is asked for."""

    typename = "ProductDeleteOperation"
    user_errors = ()

    def __init__(self, product):
        super().__init__(product.shop)
        self.product, self._asked = product, 0

    def looked_at(self):
        """Somebody polls: it has begun, and the second time after that it is done."""
        self._asked += 1
        if self._asked > 3:
            delete(self.product)
        return self

    @property
    def status(self):
        return "CREATED" if not self._asked else "COMPLETE" if self._asked > 3 else "ACTIVE"

    @property
    def deleted_product_id(self):
        # Known before the end, but not at the first look (recorded).
        return self.product.id if self._asked > 1 else None


def handle_error(shop, given, own=None):
    """A handle that is given must be free; a blank one counts as not given."""
    wanted = given.get("handle")
    handle = plain_handle(wanted) if wanted else ""
    if handle and any(p.handle == handle for p in shop.products if p is not own):
        return user_error(["input", "handle"], f"Handle '{wanted}' already in use. Please provide a new handle.")
    return None


def text_errors(given, creating, path=()):
    for key, label in _TEXTS.items():
        value = given.get(key)
        if key == "title" and (creating or "title" in given) and not (value or "").strip():
            yield user_error([*path, "title"], "Title can't be blank")
        elif isinstance(value, str) and len(value) > _LONGEST:
            yield user_error([*path, key], f"{label} is too long (maximum is {_LONGEST} characters)")
    if any(len(tag) > _LONGEST for tag in given.get("tags") or ()):
        yield user_error([*path, "tags"], "Product tags is invalid")


def take(product, given):
    """Write the plain fields of a product input."""
    names = {"title": "title", "vendor": "vendor", "productType": "product_type", "status": "status"}
    names |= {"descriptionHtml": "description_html", "templateSuffix": "template_suffix"}
    for key, name in names.items():
        if given.get(key) is not None or (key == "templateSuffix" and key in given):
            setattr(product, name, given[key])
    if "tags" in given:
        product.tags = clean_tags(given["tags"] or ())
    if given.get("seo"):
        product.seo = {"title": given["seo"].get("title"), "description": given["seo"].get("description")}
    if (given.get("handle") or "").strip():
        product.handle = plain_handle(given["handle"]) or free_handle(product.shop, "product")


def make(shop, given) -> Product:
    """A new product without variants; `productOptions` of the input name its options."""
    names = [one.get("name") for one in given.get("productOptions") or ()]
    product = Product(shop, given["title"], vendor=given.get("vendor") or shop.name, option_names=names)
    take(product, given)
    shop.products.append(product)
    return product


def delete(product):
    shop = product.shop
    if product not in shop.products:
        return
    for variant in list(product.variants):
        remove(variant)
    shop.products.remove(product)
    shop.nodes.pop((product.typename, str(product.number)), None)
    shop.emit("products/delete", {"id": product.number})


def _the_shop(shop):
    return QUERIES["shop"](shop)


def modelled(given, kind):
    """:raises Refused: for what nobody here would remember"""
    if given.get("metafields"):
        raise Refused(f"simulator does not model {kind}.metafields", "SIMULATOR")


@mutation("productCreate")
def create(shop, *, product=None, input=None):
    given = product or input or {}
    modelled(given, "ProductCreateInput")
    errors = list(text_errors(given, creating=True))
    if not errors and (error := handle_error(shop, given)):
        errors = [error]
    if errors:
        return {"product": None, "shop": _the_shop(shop), "userErrors": errors}
    made = make(shop, given)
    first = [(one.get("values") or [{}])[0].get("name") for one in given.get("productOptions") or ()]
    new_variant(made, first if all(first) else None)
    shop.emit("products/create", made.body())
    return {"product": made, "shop": _the_shop(shop), "userErrors": []}


@mutation("productUpdate")
def update(shop, *, product=None, input=None):
    given = product or input or {}
    modelled(given, "ProductUpdateInput")
    known = shop.find(given["id"], "Product") if given.get("id") else None
    if known is None:
        return {"product": None, "userErrors": [user_error(["id"], "Product does not exist")]}
    errors = list(text_errors(given, creating=False))
    if not errors and (error := handle_error(shop, given, known)):
        errors = [error]
    if not errors:
        take(known, given)
        changed(known)
    return {"product": known, "userErrors": errors}


@mutation("productChangeStatus")
def change_status(shop, *, product_id, status):
    known = shop.find(product_id, "Product")
    if known is None:
        return {"product": None, "userErrors": [user_error(["productId"], "Product does not exist")]}
    known.status = status
    changed(known)
    return {"product": known, "userErrors": []}


@mutation("productDelete")
def product_delete(shop, *, input, synchronous=True):
    """Asynchronously the product can still be read for a while, and a second deletion is refused (FACTS 53)."""

    def answer(*errors, deleted=None, operation=None):
        return {
            "deletedProductId": deleted,
            "shop": _the_shop(shop),
            "productDeleteOperation": operation,
            "userErrors": list(errors),
        }

    product = shop.find(input["id"], "Product")
    if product is None:
        return answer(user_error(["id"], "Product does not exist"))
    if product.deleting:
        text = "Another operation already in progress. Please wait until current one is finished."
        return answer(user_error(None, text))
    if synchronous:
        delete(product)
        return answer(deleted=input["id"])
    product.deleting = DeleteOperation(product)
    created = {"id": product.deleting.id, "status": "CREATED", "deletedProductId": None, "userErrors": []}
    return answer(operation=created)


@query("productOperation")
def product_operation(shop, *, id):
    return nodes.look(shop.find(id))


@query("productByIdentifier")
def product_by_identifier(shop, *, identifier):
    if identifier.get("id"):
        return shop.find(identifier["id"], "Product")
    return next((p for p in shop.products if p.handle == identifier.get("handle")), None)
