"""Tags added to and taken from whatever has them."""

from .customer_changes import tell_tags
from .products import clean_tags
from .roots import Refused, mutation, user_error


def _change(shop, gid, function):
    thing = shop.find(gid)
    kind = gid.split("/")[3] if gid.count("/") > 3 else gid
    if thing is None:
        return {"node": None, "userErrors": [user_error(["id"], f"{kind} does not exist")]}
    before = list(thing.tags)
    after = ", ".join(clean_tags(function(before)))
    if kind == "Customer":
        thing.given["tags"] = after
        thing.touch()
        tell_tags(thing, set(before))
    elif kind == "Order":
        thing.update({"tags": after})
    elif kind == "DraftOrder":
        thing.take_tags(after)
    else:
        raise Refused(f"simulator does not model tags of {kind}", "SIMULATOR")
    return {"node": thing, "userErrors": []}


def _given(tags) -> list:
    """One text may hold several, divided by commas."""
    return [part for tag in tags for part in tag.split(",")]


@mutation("tagsAdd")
def add(shop, *, id, tags):
    return _change(shop, id, lambda before: [*before, *_given(tags)])


@mutation("tagsRemove")
def remove(shop, *, id, tags):
    gone = {tag.strip().lower() for tag in _given(tags)}
    return _change(shop, id, lambda before: [tag for tag in before if tag.lower() not in gone])
