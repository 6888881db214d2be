"""Customers of the shop."""

from .countries import COUNTRIES
from .lines import mailing_address
from .nodes import Node, by_id, local
from .roots import query
from .schema import utc


class Customer(Node):
    """Kept as the REST dict inside an order body. `given`: first_name, last_name, email, phone, note, tax_exempt, and
    an address either as `address` (address1, city, zip, country_code …) or as `default_address`."""

    typename = "Customer"
    can_delete = data_sale_opt_out = False
    locale = "en"
    product_subscriber_status = "NEVER_SUBSCRIBED"

    def __init__(self, shop, given: dict, number=None):
        super().__init__(shop, number)
        self.given = dict(given)
        self.address = self.given.pop("address", None) or self.given.get("default_address")
        self.created_at = utc(given.get("created_at")) or self.created_at
        self.updated_at = utc(given.get("updated_at")) or self.updated_at
        self.address_number = (given.get("default_address") or {}).get("id") or shop.next_id()
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
    def display_name(self):
        return " ".join(filter(None, (self.first_name, self.last_name))) or self.email or self.phone or ""

    @property
    def default_email_address(self):
        return self.email and {"emailAddress": self.email, "marketingState": "NOT_SUBSCRIBED"}

    @property
    def default_phone_number(self):
        return self.phone and {"phoneNumber": self.phone}

    @property
    def default_address(self):
        gid = f"gid://shopify/MailingAddress/{self.address_number}?model_name=CustomerAddress"
        return self.address and mailing_address(self.address_body(), gid)

    @property
    def addresses_v2(self):
        return [self.default_address] if self.address else []

    @property
    def state(self):
        return (self.given.get("state") or "disabled").upper()

    @property
    def note(self):
        return self.given.get("note")

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

    def address_body(self) -> dict | None:
        """The REST address: an order's has no id, a customer's has (SHOPIFY_API 13.8)."""
        if not self.address:
            return None
        own = {"first_name": self.first_name, "last_name": self.last_name, **self.address}
        names = (
            "address1 address2 city company country country_code latitude longitude phone province province_code zip"
        )
        code = own.get("country_code")
        return {
            **{name: own.get(name) for name in names.split()},
            "first_name": own.get("first_name"),
            "last_name": own.get("last_name"),
            "name": own.get("name") or " ".join(filter(None, (own.get("first_name"), own.get("last_name")))),
            "country": own.get("country") or COUNTRIES.get(code),
        }

    def body(self) -> dict:
        home = self.address_body()
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
            "email_marketing_consent": {
                "state": "not_subscribed",
                "opt_in_level": "single_opt_in",
                "consent_updated_at": None,
            },
            "sms_marketing_consent": None,
            "default_address": home
            and {
                "id": self.address_number,
                "customer_id": self.number,
                **{k: v for k, v in home.items() if k not in ("latitude", "longitude")},
                "country_name": home["country"],
                "default": True,
            },
        }


def known(shop, given) -> Customer | None:
    """The customer meant by None, a Customer, an e-mail, or a dict: the one with that e-mail, else a new one."""
    if given is None or isinstance(given, Customer):
        return given
    given = {"email": given} if isinstance(given, str) else given
    email = (given.get("email") or "").lower()
    for customer in shop.customers:
        if email and (customer.email or "").lower() == email:
            return customer
    return Customer(shop, given)


_FIELDS = {
    "": lambda c: [c.display_name, c.email or ""],
    "id": lambda c: c.number,
    "email": lambda c: c.email or "",
    "phone": lambda c: c.phone or "",
    "updated_at": lambda c: c.updated_at,
}


@query("customers")
def customers(shop, request, *, query=None, sort_key="ID"):
    return shop.sort(shop.search(shop.customers, query, _FIELDS, "customers", request), sort_key, {})


by_id("customer", "Customer")
