"""Things with a global id, and reading an id back. Numbers come from one allocator per shop (13 digits and more)."""

import re
from datetime import timedelta
from zoneinfo import ZoneInfo

from .roots import QUERIES, Refused, query

_GID = re.compile(r"gid://shopify/(?P<type>\w+)/(?P<number>[\w-]+)(?:\?(?P<query>.*))?")


class Node:
    """A thing of the shop. A GraphQL field is answered by the attribute or method of its name in snake_case."""

    typename = ""

    def __init__(self, shop, number: int | None = None):
        self.shop = shop
        self.number = number or shop.next_id()
        self.created_at = self.updated_at = shop.now()
        shop.nodes[self.typename, str(self.number)] = self

    @property
    def id(self) -> str:
        return f"gid://shopify/{self.typename}/{self.number}"

    @property
    def legacy_resource_id(self) -> int:
        return self.number

    def touch(self):
        self.updated_at = self.shop.now()


def find(shop, gid, typename: str | None = None):
    """The object of a global id, None if there is none.

    :raises Refused: RESOURCE_NOT_FOUND for what is no global id, or one of another type (recorded, FACTS 9)
    """
    match = _GID.fullmatch(str(gid))
    if not match or (typename and match["type"] != typename):
        raise Refused(f"Invalid id: {gid}", "RESOURCE_NOT_FOUND")
    if match["type"] == "InventoryLevel":
        return shop.level_of_id(match["number"], match["query"] or "")
    return shop.nodes.get((match["type"], match["number"]))


def by_id(name: str, typename: str):
    """Register the root field `name(id:)`."""

    def answer(shop, *, id=None):
        return find(shop, id, typename)

    QUERIES[name] = answer


def look(thing):
    """Somebody polls it: an operation of Shopify's goes on while it is asked for."""
    looked_at = getattr(type(thing), "looked_at", None)
    return looked_at(thing) if looked_at else thing


@query("node")
def node(shop, *, id):
    return look(find(shop, id))


@query("nodes")
def nodes(shop, *, ids):
    return [look(find(shop, one)) for one in ids]


def local(shop, moment) -> str | None:
    """A time as webhook bodies have it: whole seconds, the shop's offset."""
    return moment and moment.astimezone(ZoneInfo(shop.timezone)).isoformat(timespec="seconds")


def offset(shop) -> timedelta:
    return shop.now().astimezone(ZoneInfo(shop.timezone)).utcoffset()
