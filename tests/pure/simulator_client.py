"""What the tests of the simulator share: a shop with a small catalog, and a bare client that speaks HTTP to it."""

import contextlib

import requests

import simulator

CATALOG = {
    "locations": [{"name": "Berlin"}, {"name": "Hamburg"}],
    "products": [
        {
            "title": "Becher",
            "vendor": "Töpferei",
            "variants": [{"sku": "MUG", "price": "19.99", "stock": {"Berlin": 10, "Hamburg": 3}}],
        },
        {
            "title": "Hemd",
            "options": ["Größe"],
            "variants": [
                {"sku": "SHIRT-M", "price": "49.95", "options": ["M"], "stock": {"Berlin": 0, "Hamburg": 5}},
                {"sku": "SHIRT-L", "price": "49.95", "options": ["L"], "stock": {"Berlin": 7}},
            ],
        },
    ],
}
MONEY = "{ shopMoney { amount currencyCode } presentmentMoney { amount currencyCode } }"


@contextlib.contextmanager
def running(**options):
    """A running shop with the catalog; webhooks are taken by hand unless said otherwise."""
    options = {"catalog": CATALOG, "deliver": "manual", **options}
    with simulator.start(**options) as one:
        yield Client(one)


class Client:
    def __init__(self, one):
        self.running, self.shop, self.url = one, one.shop, one.url
        self.http = requests.Session()
        self.token = "shpat_simulator"

    def post(self, document, variables=None, *, version="2026-10", **more):
        headers = {"X-Shopify-Access-Token": self.token}
        body = {"query": document, "variables": variables}
        return self.http.post(f"{self.url}/admin/api/{version}/graphql.json", json=body, headers=headers, **more)

    def ask(self, document, variables=None):
        """The whole answer of a request that HTTP has nothing against."""
        answer = self.post(document, variables)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def data(self, document, variables=None):
        answer = self.ask(document, variables)
        assert "errors" not in answer, answer["errors"]
        return answer["data"]

    def control(self, path, body=None):
        call = self.http.get if body is None else self.http.post
        answer = call(f"{self.url}/_control/{path}", **({} if body is None else {"json": body}))
        assert answer.status_code == 200, answer.text
        return answer.json()
