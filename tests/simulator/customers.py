"""Customers of the shop."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from .countries import COUNTRIES
from .money import ZERO
from .nodes import Node, by_id, local
from .roots import Refused, query
from .schema import utc


class Customer(Node):
    """Kept as the REST dict inside an order body. `given`: first_name, last_name, email, phone, note, tax_exempt, tags,
    and an address either as `address` (address1, city, zip, country_code …) or as `default_address`; or `addresses`."""

    typename = "Customer"
    data_sale_opt_out = False
    product_subscriber_status = "NEVER_SUBSCRIBED"

    def __init__(self, shop, given: dict, number=None):
        super().__init__(shop, number)
        self.given = dict(given)
        home = self.given.pop("address", None) or self.given.pop("default_address", None)
        addresses = self.given.pop("addresses", None) or ([home] if home else [])
        self.addresses_ = [Address(self, one) for one in addresses]
        self.home = self.addresses_[0] if self.addresses_ else None
        self.created_at = utc(given.get("created_at")) or self.created_at
        self.updated_at = utc(given.get("updated_at")) or self.updated_at
        self.consent = {"email": Consent(), "sms": Consent()}
        shop.customers.append(self)

    @property
    def email(self):
        return self.given.get("email")

    @property
    def phone(self):
        return self.given.get("phone")

    @property
    def first_name(self):
        return self.given.get("first_name")

    @property
    def last_name(self):
        return self.given.get("last_name")

    @property
    def locale(self):
        return self.given.get("locale") or "en"

    @property
    def display_name(self):
        return " ".join(filter(None, (self.first_name, self.last_name))) or self.email or self.phone or ""

    @property
    def default_email_address(self):
        return self.email and {
            "emailAddress": self.email,
            **self.consent["email"].shown(),
            "openTrackingLevel": "UNKNOWN",
            "validFormat": True,
            "sourceLocation": None,
        }

    @property
    def default_phone_number(self):
        collected = "OTHER" if self.consent["sms"].updated_at else None
        return self.phone and {
            "phoneNumber": self.phone,
            **self.consent["sms"].shown(),
            "marketingCollectedFrom": collected,
            "sourceLocation": None,
        }

    @property
    def email_marketing_consent(self):
        return self.email and self.consent["email"].shown()

    @property
    def sms_marketing_consent(self):
        return self.phone and {
            **self.consent["sms"].shown(),
            "consentCollectedFrom": "OTHER" if self.consent["sms"].updated_at else None,
        }

    @property
    def default_address(self):
        return self.home

    @property
    def addresses(self):
        return list(self.addresses_)

    addresses_v2 = addresses

    @property
    def state(self):
        return (self.given.get("state") or "disabled").upper()

    @property
    def note(self):
        return self.given.get("note")

    @property
    def tags(self):
        given = self.given.get("tags") or ""
        names = given if isinstance(given, list) else given.split(",")
        return sorted(t.strip() for t in names if t.strip())

    @property
    def tax_exempt(self):
        return bool(self.given.get("tax_exempt"))

    @property
    def tax_exemptions(self):
        return list(self.given.get("tax_exemptions") or ())

    @property
    def verified_email(self):
        return bool(self.given.get("verified_email", True))

    @property
    def orders(self):
        return [o for o in self.shop.orders if (o.body.get("customer") or {}).get("id") == self.number]

    @property
    def number_of_orders(self):
        return len(self.orders)

    @property
    def last_order(self):
        return self.orders[-1] if self.orders else None

    @property
    def can_delete(self):
        return not self.orders

    @property
    def amount_spent(self):
        spent = sum((o.amount("current_total_price") or ZERO).shop for o in self.orders)
        return {"amount": spent, "currencyCode": self.shop.currency}

    @property
    def company_contact_profiles(self):
        return [contact for company in self.shop.companies for contact in company.contacts if contact.customer is self]

    def address_body(self) -> dict | None:
        """The REST address: an order's has no id, a customer's has (SHOPIFY_API 13.8)."""
        return self.home and self.home.body()

    def body(self) -> dict:
        """The customer inside an order."""
        return {
            "id": self.number,
            "admin_graphql_api_id": self.id,
            "email": self.email,
            "created_at": local(self.shop, self.created_at),
            "updated_at": local(self.shop, self.updated_at),
            "first_name": self.first_name,
            "last_name": self.last_name,
            "state": self.state.lower(),
            "note": self.note,
            "verified_email": self.verified_email,
            "multipass_identifier": None,
            "tax_exempt": self.tax_exempt,
            "phone": self.phone,
            "currency": self.shop.currency,
            "tax_exemptions": self.tax_exemptions,
            "email_marketing_consent": self.consent["email"].body(self.shop),
            "sms_marketing_consent": self.phone and self.consent["sms"].body(self.shop),
            "default_address": self.home and self.home.listed(),
        }

    def document(self) -> dict:
        """The body of customers/create and customers/update: tags and totals have topics of their own."""
        return {**self.body(), "addresses": [one.listed() for one in self.addresses_]}

    def changed(self, topic="customers/update"):
        if topic == "customers/update":
            self.touch()
        self.shop.emit(topic, self.document())


class Address(Node):
    """One of a customer's addresses, kept as a REST dict."""

    typename = "MailingAddress"

    def __init__(self, customer, given):
        self.customer, self.given = customer, {k: v for k, v in given.items() if k not in ("id", "default")}
        super().__init__(customer.shop, given.get("id"))

    @property
    def id(self):
        return f"gid://shopify/MailingAddress/{self.number}?model_name=CustomerAddress"

    def __getattr__(self, name):
        """A field of GraphQL's MailingAddress."""
        key = {"country_code_v2": "country_code"}.get(name, name)
        if name.startswith("_") or name in ("customer", "given") or key not in _SHOWN:
            raise AttributeError(name)
        return self.body().get(key)

    coordinates_validated = False

    @property
    def formatted(self):
        own = self.body()
        return [v for v in (own.get("address1"), own.get("zip"), own.get("city")) if v]

    def body(self) -> dict:
        """As an order shows it, without an id."""
        owner = self.customer
        own = {"first_name": owner.first_name, "last_name": owner.last_name, **self.given}
        code = own.get("country_code")
        return {
            **{name: own.get(name) for name in _SHOWN},
            "name": own.get("name") or " ".join(filter(None, (own.get("first_name"), own.get("last_name")))),
            "country": own.get("country") or COUNTRIES.get(code),
        }

    def listed(self) -> dict:
        """As a customer's body shows it."""
        own = self.body()
        return {
            "id": self.number,
            "customer_id": self.customer.number,
            **{k: v for k, v in own.items() if k not in ("latitude", "longitude")},
            "country_name": own["country"],
            "default": self.customer.home is self,
        }


_SHOWN = (
    "address1 address2 city company country country_code latitude longitude phone province province_code zip "
    "first_name last_name name"
).split()


@dataclass
class Consent:
    """Whether somebody may be written to, in GraphQL's words."""

    state: str = "NOT_SUBSCRIBED"
    level: str = "SINGLE_OPT_IN"
    updated_at: datetime | None = None

    def shown(self) -> dict:
        return {
            "marketingState": self.state,
            "marketingOptInLevel": self.level,
            "marketingUpdatedAt": self.updated_at,
            "consentUpdatedAt": self.updated_at,
        }

    def body(self, shop) -> dict:
        return {
            "state": self.state.lower(),
            "opt_in_level": self.level.lower(),
            "consent_updated_at": local(shop, self.updated_at),
        }


def known(shop, given) -> Customer | None:
    """The customer meant by None, a Customer, an e-mail, or a dict: the one with that e-mail, else a new one."""
    if given is None or isinstance(given, Customer):
        return given
    given = {"email": given} if isinstance(given, str) else given
    return by_email(shop, given.get("email")) or Customer(shop, given)


def by_email(shop, email) -> Customer | None:
    wanted = (email or "").lower()
    return next((one for one in shop.customers if wanted and (one.email or "").lower() == wanted), None)


_FIELDS = {
    "": lambda c: [c.display_name, c.email or ""],
    "id": lambda c: c.number,
    "email": lambda c: c.email or "",
    "phone": lambda c: c.phone or "",
    "updated_at": lambda c: c.updated_at,
    "created_at": lambda c: c.created_at,
    "customer_date": lambda c: c.created_at,
    "first_name": lambda c: c.first_name or "",
    "last_name": lambda c: c.last_name or "",
    "tag": lambda c: c.tags,
    "state": lambda c: c.state,
    "country": lambda c: c.home and [c.home.country or "", c.home.country_code_v2 or ""],
    "orders_count": lambda c: c.number_of_orders,
    "order_date": lambda c: [o.processed_at for o in c.orders],
    "accepts_marketing": lambda c: str(c.consent["email"].state == "SUBSCRIBED").lower(),
}
_SORT = {
    "NAME": lambda c: ((c.last_name or "").lower(), (c.first_name or "").lower()),
    "LOCATION": lambda c: (c.home.country or "") if c.home else "",
}


def _indexed(shop, text):
    """The index learns late of a change (recorded, FACTS 26)."""
    since = shop.now() - timedelta(seconds=shop.index_lag)
    return [one for one in shop.customers if one.updated_at <= since] if text and shop.index_lag else shop.customers


@query("customers")
def customers(shop, request, *, query=None, sort_key="ID"):
    return shop.sort(shop.search(_indexed(shop, query), query, _FIELDS, "customers", request), sort_key, _SORT)


@query("customersCount")
def customers_count(shop, request, *, query=None, limit=10000):
    return shop.count(shop.search(shop.customers, query, _FIELDS, "customersCount", request), limit)


@query("customerByIdentifier")
def customer_by_identifier(shop, *, identifier):
    """Exact, unlike a search."""
    if identifier.get("id"):
        return shop.find(identifier["id"], "Customer")
    if identifier.get("emailAddress"):
        return by_email(shop, identifier["emailAddress"])
    if identifier.get("phoneNumber"):
        return next((c for c in shop.customers if c.phone == identifier["phoneNumber"]), None)
    raise Refused("simulator does not model CustomerIdentifierInput.customId", "SIMULATOR")


by_id("customer", "Customer")
