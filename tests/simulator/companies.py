"""Companies that buy (B2B): the company, the people who buy for it, the places it has."""

from . import customers
from .countries import COUNTRIES, PROVINCES
from .money import ZERO
from .nodes import Node, by_id
from .roots import query


def _count(things) -> dict:
    return {"count": len(things), "precision": "EXACT"}


class Role(Node):
    typename = "CompanyContactRole"
    note = None

    def __init__(self, shop, name):
        super().__init__(shop)
        self.name = name


class Company(Node):
    typename = "Company"
    has_timeline_comment = False

    def __init__(self, shop, name, *, external_id=None, note=None, customer_since=None, number=None):
        super().__init__(shop, number)
        self.name, self.external_id, self.note = name, external_id, note
        self.customer_since = customer_since or self.created_at
        self.contacts, self.locations, self.main_contact = [], [], None
        self.contact_roles = [Role(shop, "Location admin"), Role(shop, "Ordering only")]
        shop.companies.append(self)

    @property
    def default_role(self):
        return self.contact_roles[-1]

    @property
    def contacts_count(self):
        return _count(self.contacts)

    @property
    def contact_count(self):
        return len(self.contacts)

    @property
    def locations_count(self):
        return _count(self.locations)

    @property
    def orders(self):
        return [o for o in self.shop.orders if (o.body.get("company") or {}).get("id") == self.number]

    @property
    def orders_count(self):
        return _count(self.orders)

    @property
    def total_spent(self):
        spent = sum((o.amount("current_total_price") or ZERO).shop for o in self.orders)
        return {"amount": spent, "currencyCode": self.shop.currency}

    def document(self) -> dict:
        return {
            "name": self.name,
            "note": self.note,
            "external_id": self.external_id,
            "main_contact_admin_graphql_api_id": self.main_contact and self.main_contact.id,
            "created_at": self.created_at.isoformat(),
            "updated_at": self.updated_at.isoformat(),
            "customer_since": self.customer_since.isoformat(),
            "admin_graphql_api_id": self.id,
        }


class Assignment(Node):
    """What a contact may do at a location."""

    typename = "CompanyContactRoleAssignment"

    def __init__(self, contact, role, place):
        super().__init__(contact.shop)
        self.company, self.company_contact, self.role, self.company_location = contact.company, contact, role, place
        contact.role_assignments.append(self)


class Contact(Node):
    typename = "CompanyContact"

    def __init__(self, company, customer, *, title=None, locale=None, number=None):
        super().__init__(company.shop, number)
        self.company, self.customer, self.title, self.locale = company, customer, title, locale or "en"
        self.role_assignments = []
        company.contacts.append(self)

    @property
    def is_main_contact(self):
        return self.company.main_contact is self

    @property
    def orders(self):
        return [o for o in self.company.orders if o.customer is self.customer]

    def document(self) -> dict:
        return {
            "title": self.title,
            "locale": self.locale,
            "created_at": self.created_at.isoformat(),
            "updated_at": self.updated_at.isoformat(),
            "customer_admin_graphql_api_id": self.customer.id,
            "company": self.company.document(),
            "admin_graphql_api_id": self.id,
        }


class Place(Node):
    """A location of a company. Addresses are CompanyAddressInputs."""

    typename = "CompanyLocation"
    has_timeline_comment = False
    catalogs = ()

    def __init__(self, company, name, *, number=None, **given):
        super().__init__(company.shop, number)
        self.company, self.name = company, name
        self.external_id = given.get("external_id")
        self.note, self.phone, self.locale = given.get("note"), given.get("phone"), given.get("locale") or "en"
        self.tax_registration_id = given.get("tax_registration_id")
        self.tax_exempt = bool(given.get("tax_exempt"))
        self.tax_exemptions = list(given.get("tax_exemptions") or ())
        self.shipping, self.billing = given.get("shipping"), given.get("billing")
        self.address_numbers = {kind: company.shop.next_id() for kind in ("shipping", "billing")}
        company.locations.append(self)

    @property
    def role_assignments(self):
        every = [one for contact in self.company.contacts for one in contact.role_assignments]
        return [one for one in every if one.company_location is self]

    @property
    def tax_settings(self):
        return {
            "taxRegistrationId": self.tax_registration_id,
            "taxExempt": self.tax_exempt,
            "taxExemptions": self.tax_exemptions,
        }

    def _address(self, kind):
        given = getattr(self, kind)
        if not given:
            return None
        country, zone = given.get("countryCode"), given.get("zoneCode")
        names = ("address1", "address2", "city", "zip", "phone", "recipient", "firstName", "lastName")
        return {
            "__typename": "CompanyAddress",
            "id": f"gid://shopify/CompanyAddress/{self.address_numbers[kind]}",
            **{name: given.get(name) for name in names},
            "address1": given.get("address1") or "",
            "companyName": self.company.name,
            "countryCode": country,
            "country": COUNTRIES.get(country),
            "zoneCode": zone,
            "province": PROVINCES.get(country, {}).get(zone),
            "createdAt": self.created_at,
            "updatedAt": self.updated_at,
        }

    @property
    def shipping_address(self):
        return self._address("shipping")

    @property
    def billing_address(self):
        return self._address("billing")

    @property
    def currency(self):
        return self.shop.currency

    @property
    def orders(self):
        return [o for o in self.company.orders if o.body["company"].get("location_id") == self.number]

    @property
    def order_count(self):
        return len(self.orders)

    @property
    def orders_count(self):
        return _count(self.orders)

    def rest_address(self, kind="shipping") -> dict | None:
        """As an order has it."""
        own = self._address(kind)
        if not own:
            return None
        names = (own["firstName"], own["lastName"])
        return {
            "address1": own["address1"],
            "address2": own["address2"],
            "city": own["city"],
            "company": self.company.name,
            "country": own["country"],
            "country_code": own["countryCode"],
            "first_name": names[0],
            "last_name": names[1],
            "name": " ".join(filter(None, names)) or own["recipient"],
            "phone": own["phone"],
            "province": own["province"],
            "province_code": own["zoneCode"],
            "zip": own["zip"],
            "latitude": None,
            "longitude": None,
        }

    def document(self) -> dict:
        def address(kind):
            own = self.rest_address(kind)
            return own and {
                "id": self.address_numbers[kind],
                "recipient": own["name"],
                **own,
                "zone_code": own["province_code"],
            }

        return {
            "name": self.name,
            "external_id": self.external_id,
            "phone": self.phone,
            "locale": self.locale,
            "note": self.note,
            "created_at": self.created_at.isoformat(),
            "updated_at": self.updated_at.isoformat(),
            "tax_exemptions": [one.lower() for one in self.tax_exemptions],
            "tax_registration": {"tax_id": self.tax_registration_id} if self.tax_registration_id else None,
            "company": self.company.document(),
            "billing_address": address("billing"),
            "shipping_address": address("shipping"),
            "admin_graphql_api_id": self.id,
        }


def purchasing(order) -> dict | None:
    """Which company, at which place and through whom, an order was placed for."""
    given = order.body.get("company") or {}
    company = order.shop.nodes.get(("Company", str(given.get("id"))))
    if company is None:
        return None
    contact = next((one for one in company.contacts if one.customer is order.customer), None)
    return {
        "__typename": "PurchasingCompany",
        "company": company,
        "contact": contact,
        "location": order.shop.nodes.get(("CompanyLocation", str(given.get("location_id")))),
    }


def add(shop, name, *, contact=None, location=None, **given) -> Company:
    """A company as a test wants it.

    :param contact: customers.Customer, or what makes one; location: a CompanyLocationInput's fields in snake_case,
        `shipping` and `billing` being CompanyAddressInputs
    """
    company = Company(shop, name, **given)
    Place(company, (location or {}).get("name") or name, **{k: v for k, v in (location or {}).items() if k != "name"})
    if contact is not None:
        company.main_contact = Contact(company, customers.known(shop, contact))
    shop.emit("companies/create", company.document())
    shop.emit("company_locations/create", company.locations[0].document())
    return company


_FIELDS = {
    "": lambda c: [c.name],
    "id": lambda c: c.number,
    "name": lambda c: [c.name, *c.name.split()],
    "external_id": lambda c: c.external_id or "",
    "created_at": lambda c: c.created_at,
    "updated_at": lambda c: c.updated_at,
}


@query("companies")
def companies(shop, request, *, query=None, sort_key="ID"):
    found = shop.search(shop.companies, query, _FIELDS, "companies", request)
    return shop.sort(found, sort_key, {"NAME": lambda c: c.name})


@query("companiesCount")
def companies_count(shop, *, limit=10000):
    return shop.count(shop.companies, limit)


@query("companyLocations")
def company_locations(shop, request, *, query=None, sort_key="ID"):
    places = [place for company in shop.companies for place in company.locations]
    found = shop.search(places, query, _FIELDS, "companyLocations", request)
    return shop.sort(found, sort_key, {"NAME": lambda c: c.name})


by_id("company", "Company")
by_id("companyContact", "CompanyContact")
by_id("companyLocation", "CompanyLocation")
