"""Customers through the API: lists that replace, addresses, tags, consent, merges that end later, and companies."""

import pytest
from simulator_client import running

UPDATE = """mutation U($input: CustomerInput!) { customerUpdate(input: $input) {
  customer { id note tags addressesV2(first: 9) { nodes { city } } } userErrors { field message } } }"""
SET = """mutation S($identifier: CustomerSetIdentifiers, $input: CustomerSetInput!) {
  customerSet(identifier: $identifier, input: $input) {
    customer { id firstName addressesV2(first: 9) { nodes { city } } } userErrors { field message code } } }"""
ADDRESS = """mutation A($customer: ID!, $address: MailingAddressInput!, $default: Boolean) {
  customerAddressCreate(customerId: $customer, address: $address, setAsDefault: $default) {
    address { id city } userErrors { field message } } }"""
MERGE = """mutation M($one: ID!, $two: ID!) { customerMerge(customerOneId: $one, customerTwoId: $two) {
  resultingCustomerId job { id done } userErrors { field message code } } }"""
STATUS = "query S($job: ID!) { customerMergeJobStatus(jobId: $job) { status resultingCustomerId } }"
TAGS = (
    "mutation T($id: ID!, $tags: [String!]!) { tagsAdd(id: $id, tags: $tags) { node { id } userErrors { message } } }"
)
COMPANY = """mutation C($input: CompanyCreateInput!) { companyCreate(input: $input) {
  company { id mainContact { id customer { email } } locations(first: 1) { nodes { id taxSettings { taxRegistrationId } } } }
  userErrors { field message code } } }"""


@pytest.fixture
def client():
    with running() as one:
        for topic in (
            "customers/update",
            "customers/merge",
            "customers/delete",
            "customer.tags_added",
            "companies/create",
        ):
            one.shop.subscribe(topic, "https://odoo.example/hook")
        yield one


def asked(client, document, **variables):
    (root,) = client.data(document, variables).values()
    return root


def bought(client, email, **given):
    given = {"first_name": "Zoë", "email": email, "address": {"city": "Köln", "country_code": "DE"}, **given}
    return client.shop.place_order([("MUG", 1)], customer=given).customer


def test_an_update_changes_what_it_names_and_a_list_replaces(client):
    customer = bought(client, "zoe@example.com")
    answer = asked(client, UPDATE, input={"id": customer.id, "note": "regular", "tags": ["vip"]})
    assert answer["customer"]["addressesV2"]["nodes"] == [{"city": "Köln"}]
    assert {one.topic for one in client.shop.take_deliveries()} == {"customers/update", "customer.tags_added"}
    asked(client, ADDRESS, customer=customer.id, address={"city": "Bonn", "countryCode": "DE"}, default=True)
    assert customer.document()["default_address"]["city"] == "Bonn"
    assert [one["city"] for one in customer.document()["addresses"]] == ["Köln", "Bonn"]
    again = asked(client, ADDRESS, customer=customer.id, address={"city": "Bonn", "countryCode": "DE"})
    assert again["userErrors"] == [{"field": ["address"], "message": "Address already exists"}]
    asked(client, UPDATE, input={"id": customer.id, "addresses": [{"city": "Ulm", "countryCode": "DE"}]})
    assert [one["city"] for one in customer.document()["addresses"]] == ["Ulm"]


def test_set_finds_by_email_or_makes(client):
    customer = bought(client, "zoe@example.com")
    given = {"email": "ZOE@example.com", "firstName": "Zoé", "addresses": []}
    answer = asked(client, SET, identifier={"email": "zoe@example.com"}, input=given)
    assert answer["customer"] == {"id": customer.id, "firstName": "Zoé", "addressesV2": {"nodes": []}}
    made = asked(client, SET, identifier={"email": "new@example.com"}, input={"email": "new@example.com"})
    assert made["customer"]["id"] != customer.id
    missing = {"id": "gid://shopify/Customer/1"}
    assert asked(client, SET, identifier=missing, input={"firstName": "X"})["userErrors"][0]["code"] == "NOT_FOUND"


def test_a_merge_ends_later_and_moves_the_orders(client):
    client.shop.job_lag = None
    one, two = bought(client, "one@example.com"), bought(client, "two@example.com")
    started = asked(client, MERGE, one=one.id, two=two.id)
    assert started["job"]["done"] is False
    assert asked(client, STATUS, job=started["job"]["id"])["status"] == "IN_PROGRESS"
    assert client.shop.find(one.id) is one
    client.shop.run_jobs()
    assert client.shop.find(one.id) is None
    assert len(two.orders) == 2
    (told,) = client.shop.take_deliveries("customers/merge")
    body = told.json()
    assert (body["admin_graphql_api_customer_kept_id"], body["status"]) == (two.id, "completed")
    assert body["admin_graphql_api_customer_deleted_id"] == one.id
    assert asked(client, STATUS, job=started["job"]["id"])["status"] == "COMPLETED"


def test_tags_are_added_without_losing_those_there_are(client):
    customer = bought(client, "zoe@example.com", tags="vip")
    asked(client, TAGS, id=customer.id, tags=["b2b", "VIP"])
    assert customer.tags == ["b2b", "vip"]
    order = customer.orders[0]
    asked(client, TAGS, id=order.id, tags=["late"])
    assert order.tags == ["late"]


def test_an_order_of_a_company(client):
    location = {
        "name": "HQ",
        "taxRegistrationId": "DE811",
        "shippingAddress": {"address1": "Weg 1", "countryCode": "DE"},
    }
    given = {"company": {"name": "Kern"}, "companyContact": {"email": "e@kern.example"}, "companyLocation": location}
    answer = asked(client, COMPANY, input=given)["company"]
    assert answer["locations"]["nodes"][0]["taxSettings"] == {"taxRegistrationId": "DE811"}
    place = client.shop.find(answer["locations"]["nodes"][0]["id"])
    contact = client.shop.find(answer["mainContact"]["id"])
    order = client.shop.place_order([("MUG", 1)], customer=contact.customer, company_location=place, po_number="PO-7")
    assert order.body["company"] == {"id": place.company.number, "location_id": place.number}
    document = """query O($id: ID!) { order(id: $id) { poNumber purchasingEntity { ... on PurchasingCompany {
      company { name } contact { id } location { id } } } shippingAddress { company } } }"""
    read = asked(client, document, id=order.id)
    assert read["purchasingEntity"]["company"] == {"name": "Kern"}
    assert read["purchasingEntity"]["contact"] == {"id": contact.id}
    assert read["shippingAddress"] == {"company": "Kern"}


def test_addresses_are_changed_chosen_and_taken_away(client):
    customer = bought(client, "zoe@example.com")
    first = customer.addresses[0]
    made = asked(client, ADDRESS, customer=customer.id, address={"city": "Bonn", "countryCode": "DE"})["address"]
    update = """mutation U($customer: ID!, $id: ID!, $address: MailingAddressInput!) {
      customerAddressUpdate(customerId: $customer, addressId: $id, address: $address) {
        address { city zip } userErrors { message } } }"""
    changed = asked(client, update, customer=customer.id, id=made["id"], address={"zip": "53111"})
    assert changed["address"] == {"city": "Bonn", "zip": "53111"}
    choose = """mutation D($customer: ID!, $id: ID!) {
      customerUpdateDefaultAddress(customerId: $customer, addressId: $id) { customer { defaultAddress { city } } } }"""
    assert asked(client, choose, customer=customer.id, id=made["id"])["customer"]["defaultAddress"] == {"city": "Bonn"}
    gone = """mutation X($customer: ID!, $id: ID!) {
      customerAddressDelete(customerId: $customer, addressId: $id) { deletedAddressId userErrors { message } } }"""
    assert asked(client, gone, customer=customer.id, id=made["id"])["deletedAddressId"] == made["id"]
    assert customer.default_address is first
    assert asked(client, gone, customer=customer.id, id=made["id"])["userErrors"]


def test_an_invitation_needs_an_email(client):
    invite = """mutation I($id: ID!) { customerSendAccountInviteEmail(customerId: $id) {
      customer { state } userErrors { message } } }"""
    assert asked(client, invite, id=bought(client, "zoe@example.com").id)["customer"] == {"state": "INVITED"}
    nobody = client.shop.place_order([("MUG", 1)], customer={"first_name": "Ada", "phone": "+491700000000"}).customer
    assert asked(client, invite, id=nobody.id)["userErrors"]


def test_a_customer_with_orders_stays(client):
    delete = "mutation D($id: ID!) { customerDelete(input: {id: $id}) { deletedCustomerId userErrors { message } } }"
    customer = bought(client, "zoe@example.com")
    assert asked(client, delete, id=customer.id)["userErrors"][0]["message"].startswith("Customer can’t be deleted")
    create = 'mutation C { customerCreate(input: {email: "x@example.com"}) { customer { id } } }'
    made = asked(client, create)["customer"]
    assert asked(client, delete, id=made["id"])["deletedCustomerId"] == made["id"]
    assert [one.topic for one in client.shop.take_deliveries("customers/delete")] == ["customers/delete"]
