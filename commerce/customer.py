"""The buyer and the addresses of an order, or a customer of their own (customers/create, customers/update)."""

import re
from contextlib import suppress
from dataclasses import dataclass

from . import reading, text

_BLANKS = re.compile(r"\s")
_ZIP_NOISE = re.compile(r"[\s-]")
_DIGITS = re.compile(r"[^0-9]")


@dataclass(frozen=True, slots=True)
class Address:
    """A postal address as the buyer typed it (SHOPIFY_API §13.8): any part may be missing."""

    id: str | None = None  # customers' addresses have one, those of an order do not
    first_name: str | None = None
    last_name: str | None = None
    name: str | None = None  # Shopify's own, else first and last name
    company: str | None = None
    address1: str | None = None
    address2: str | None = None
    city: str | None = None
    zip: str | None = None
    province: str | None = None
    province_code: str | None = None
    country: str | None = None
    country_code: str | None = None
    phone: str | None = None
    email: str | None = None

    @property
    def key(self) -> tuple[str, ...]:
        """Equal for addresses that differ only in case, blanks, width of letters, punctuation of zip and phone.

        Codes stand for names where both are known, and e-mail and id do not count, so that an address is reused rather
        than piled up.
        """
        return (
            *(text.folded(part) for part in (self.name, self.company, self.address1, self.address2, self.city)),
            _ZIP_NOISE.sub("", text.folded(self.zip)),
            text.folded(self.province_code or self.province),
            text.folded(self.country_code or self.country),
            _DIGITS.sub("", text.folded(self.phone)),
        )


@dataclass(frozen=True, slots=True)
class Customer:
    """Who bought. Every part but the id may be missing, and the id too in abbreviated bodies."""

    id: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    name: str | None = None
    company: str | None = None
    email: str | None = None
    phone: str | None = None
    note: str | None = None
    locale: str | None = None
    tax_exempt: bool | None = None
    default_address: Address | None = None


def address(value: object, name: str = "The address") -> Address | None:
    """An address of a webhook body.

    :return: None when the body has none or every part of it is empty
    :raise reading.Unreadable: not an object
    """
    body = reading.mapping(value, name)
    parts = {
        field: text.clean(body.get(field))
        for field in (
            "first_name",
            "last_name",
            "name",
            "company",
            "address1",
            "address2",
            "city",
            "zip",
            "province",
            "province_code",
            "country",
            "country_code",
            "phone",
            "email",
        )
    }
    if not any(parts.values()):
        return None
    parts["name"] = parts["name"] or _full_name(parts)
    return Address(id=reading.number(body.get("id"), f"{name}'s id"), **parts)


def parse(value: object, name: str = "The customer") -> Customer | None:
    """A customer of a webhook body, or the one inside an order.

    :return: None when the body has none, as for guests and at the point of sale
    :raise reading.Unreadable: a part has no usable shape
    """
    body = reading.mapping(value, name)
    default = address(body.get("default_address"), f"{name}'s default address")
    parts = {
        field: text.clean(body.get(field)) for field in ("first_name", "last_name", "email", "phone", "note", "locale")
    }
    identity = reading.number(body.get("id"), f"{name}'s id")
    if identity is None and default is None and not any(parts.values()):
        return None
    return Customer(
        id=identity,
        name=_full_name(parts) or text.clean(body.get("name")),
        company=text.clean(body.get("company")) or (default.company if default else None),
        tax_exempt=reading.flag(body.get("tax_exempt")),
        default_address=default,
        **parts,
    )


def _full_name(parts: dict[str, str | None]) -> str | None:
    return " ".join(filter(None, (parts["first_name"], parts["last_name"]))) or None


def email_spellings(email: str | None) -> tuple[str, ...]:
    """The ways one e-mail address may be spelled, the canonical one first; () for none.

    Blanks go (Shopify stores none, FACTS 114). A domain is kept in letters (müller.example) by some and in ASCII
    (xn--mller-kva.example) by others, and both are one mailbox; the ASCII one is canonical. Case is not touched here: Odoo's
    `email_normalize` decides about it.
    """
    local, at, domain = _BLANKS.sub("", email or "").rpartition("@")
    if not at or not local or not domain:
        return ()
    found = [domain]
    with suppress(UnicodeError):  # no domain that the rules of international names know: it stands for itself
        found.insert(0, domain.encode("idna").decode("ascii").lower())
        found.append(found[0].encode("ascii").decode("idna"))
    return tuple(dict.fromkeys(f"{local}@{spelling}" for spelling in found))


def split_name(name: str | None) -> tuple[str | None, str | None]:
    """(first name, last name) of one name as Odoo keeps it: the last word is the last name. A single word is a last name."""
    first, _blank, last = " ".join((name or "").split()).rpartition(" ")
    return first or None, last or None
