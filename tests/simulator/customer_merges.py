"""Two customers become one, and who may be written to (recorded, FACTS 118, 120)."""

from . import jobs
from .customer_changes import consent, drop
from .products import clean_tags
from .roots import Refused, mutation, query, user_error
from .schema import utc

_MOST_TAGS, _LONGEST_NOTE = 250, 5000


def merge(shop, one, two, override):
    """The survivor has customer two's id; orders, addresses and company contacts of the other go along."""

    def kept(key, name):
        chosen = next((c for c in (one, two) if c.id == override.get(f"customerIdOf{key}ToKeep")), None)
        return chosen.given.get(name) if chosen else two.given.get(name) or one.given.get(name)

    given = {
        "email": kept("Email", "email"),
        "phone": kept("PhoneNumber", "phone"),
        "first_name": kept("FirstName", "first_name"),
        "last_name": kept("LastName", "last_name"),
        "note": override["note"] if "note" in override else " ".join(filter(None, (two.note, one.note))) or None,
        "tags": ", ".join(clean_tags(override.get("tags", [*two.tags, *one.tags]))),
    }
    two.given.update(given)
    two.addresses_ += one.addresses_
    for address in one.addresses_:
        address.customer = two
    wanted = override.get("customerIdOfDefaultAddressToKeep")
    two.home = one.home if wanted == one.id or two.home is None else two.home
    for order in one.orders:
        order.body["customer"] = two.body()
    for contact in one.company_contact_profiles:
        contact.customer = two
    drop(one)
    two.touch()


class Merge:
    """What customerMergeJobStatus tells."""

    def __init__(self, shop, one, two, override):
        self.resulting_customer_id = two.id
        self.shop, self.one, self.two = shop, one, two
        self.job = jobs.Job(shop, lambda: merge(shop, one, two, override))
        self.told = False
        shop.merges[self.job.id] = self
        self.tell()

    def tell(self):
        if self.job.done and not self.told:
            self.told = True
            self.shop.emit("customers/merge", self.document())

    @property
    def job_id(self):
        return self.job.id

    @property
    def status(self):
        return "FAILED" if self.job.error else "COMPLETED" if self.job.done else "IN_PROGRESS"

    @property
    def customer_merge_errors(self):
        if not self.job.error:
            return []
        return [{"errorFields": [], "message": self.job.error[0]}]

    def document(self) -> dict:
        return {
            "admin_graphql_api_customer_kept_id": self.two.id,
            "admin_graphql_api_customer_deleted_id": self.one.id,
            "admin_graphql_api_job_id": self.job.id,
            "status": self.status.lower(),
            "errors": [
                {"customer_ids": [self.one.number], "field": "base", "message": one["message"]}
                for one in self.customer_merge_errors
            ],
        }


def _merge_errors(shop, one_id, two_id):
    found = {"customerOneId": shop.find(one_id, "Customer"), "customerTwoId": shop.find(two_id, "Customer")}
    for field, gid in (("customerOneId", one_id), ("customerTwoId", two_id)):
        if found[field] is None and gid not in {done.one.id for done in shop.merges.values()}:
            number = gid.rpartition("/")[2]
            yield user_error([field], f"Customer does not exist with ID {number}", "INVALID_CUSTOMER_ID")
            return
    if None in found.values():
        yield user_error(
            ["customerOneId"], "Customer does not exist with ID " + one_id.rpartition("/")[2], "INVALID_CUSTOMER_ID"
        )
        return
    if one_id == two_id:
        yield user_error(None, "Customers IDs should not match", "INVALID_CUSTOMER_ID")
        return
    for field, customer in found.items():
        if len(customer.tags) > _MOST_TAGS:
            yield user_error([field], "Customers must have 250 tags or less.", "INVALID_CUSTOMER")
    for field, customer in found.items():
        if len(customer.note or "") > _LONGEST_NOTE:
            yield user_error([field], "Customer notes must be 5,000 characters or less.", "INVALID_CUSTOMER")


@mutation("customerMerge")
def customer_merge(shop, *, customer_one_id, customer_two_id, override_fields=None):
    if errors := list(_merge_errors(shop, customer_one_id, customer_two_id)):
        return {"resultingCustomerId": None, "job": None, "userErrors": errors}
    one, two = shop.find(customer_one_id), shop.find(customer_two_id)
    made = Merge(shop, one, two, override_fields or {})
    return {"resultingCustomerId": two.id, "job": jobs.started(made.job), "userErrors": []}


@query("customerMergePreview")
def preview(shop, *, customer_one_id, customer_two_id, override_fields=None):
    if customer_one_id == customer_two_id:
        raise Refused("Customers must be different.", "BAD_REQUEST")
    raise Refused("simulator does not model QueryRoot.customerMergePreview", "SIMULATOR")


@query("customerMergeJobStatus")
def status(shop, *, job_id):
    known = shop.merges.get(job_id)
    if known:
        known.tell()
    return known


# Consent


def _subscribe(shop, input, kind, missing=None):
    given = input[f"{kind}MarketingConsent"]
    state, level = given["marketingState"], given.get("marketingOptInLevel")
    wanted = consent({"consentUpdatedAt": shop.now(), **given})
    customer = shop.find(input["customerId"], "Customer")
    if customer is None:
        # By e-mail it says where, by SMS it does not (recorded).
        error = user_error(
            ["input", "customerId"] if kind == "email" else None,
            "Customer not found",
            "INVALID" if kind == "email" else None,
        )
        return {"customer": None, "userErrors": [error]}
    path = ["input", f"{kind}MarketingConsent"]
    errors = []
    if missing and not customer.phone:
        errors.append(user_error(path, missing, "INVALID"))
    if not level:
        errors.append(
            user_error([*path, "marketingOptInLevel"], "Marketing opt in level must exist", "MISSING_ARGUMENT")
        )
    if given.get("consentUpdatedAt") and utc(given["consentUpdatedAt"]) > shop.now():
        text = "Consent updated at must not be in the future"
        errors.append(user_error([*path, "consentUpdatedAt"], text, "INVALID"))
    if state == "PENDING" and level != "CONFIRMED_OPT_IN":
        text = "Marketing opt in level must be confirmed opt-in for pending consent state"
        errors.append(user_error([*path, "marketingOptInLevel"], text, "INVALID"))
    if errors:
        return {"customer": customer if kind == "email" else None, "userErrors": errors}
    customer.consent[kind] = wanted
    customer.touch()
    return {"customer": customer, "userErrors": []}


@mutation("customerEmailMarketingConsentUpdate")
def email_consent(shop, *, input):
    answer = _subscribe(shop, input, "email")
    if not answer["userErrors"]:
        customer = answer["customer"]
        body = {
            "customer_id": customer.number,
            "email_address": customer.email,
            "email_marketing_consent": customer.consent["email"].body(shop),
        }
        shop.emit("customers_email_marketing_consent/update", body)
    return answer


@mutation("customerSmsMarketingConsentUpdate")
def sms_consent(shop, *, input):
    answer = _subscribe(shop, input, "sms", "A phone number is required to set the SMS consent state.")
    if not answer["userErrors"]:
        customer = answer["customer"]
        body = {
            "id": customer.number,
            "phone": customer.phone,
            "sms_marketing_consent": customer.consent["sms"].body(shop),
        }
        shop.emit("customers_marketing_consent/update", body)
    return answer
