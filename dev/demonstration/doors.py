"""The ways to speak to both sides: the shop's control door and API, Odoo as its users see it, and its database to watch it."""

import json
import os

import psycopg2
import psycopg2.extensions
import requests

from .processes import Failed

TIMEOUT = 60


class Shop:
    """The simulated shop: what customers do there (control door), and what its own API says."""

    def __init__(self, url, token):
        self.url, self._token = url, token
        self._http = requests.Session()

    def get(self, what):
        return self._answer(self._http.get(f"{self.url}/_control/{what}", timeout=TIMEOUT))

    def post(self, action, **given):
        return self._answer(self._http.post(f"{self.url}/_control/{action}", json=given, timeout=TIMEOUT))

    def _answer(self, response):
        if response.status_code != 200:
            raise Failed(
                f"The shop answered {response.status_code} to {response.request.path_url}: {response.text[:300]}"
            )
        return response.json()

    def buy(self, count=1, **options):
        """Customers order. :return: the orders, as the control door describes them"""
        return self.post("random_orders", count=count, **options)["orders"]

    def charged(self):
        """What each order costs its buyer, asked of the shop's own API: {order id: (currency, total, tax)}, text.

        As it is after edits; of a cancelled order, of which nothing is left, what it came to.
        """
        document = """query($after: String) { orders(first: 50, after: $after) {
            nodes { id cancelledAt
                    ordered: totalPriceSet { presentmentMoney { amount currencyCode } }
                    orderedTax: totalTaxSet { presentmentMoney { amount } }
                    left: currentTotalPriceSet { presentmentMoney { amount currencyCode } }
                    leftTax: currentTotalTaxSet { presentmentMoney { amount } } }
            pageInfo { hasNextPage endCursor } } }"""
        result, after = {}, None
        while True:
            answer = self._answer(
                self._http.post(
                    f"{self.url}/admin/api/2026-10/graphql.json",
                    json={"query": document, "variables": {"after": after}},
                    headers={"X-Shopify-Access-Token": self._token},
                    timeout=TIMEOUT,
                )
            )
            if answer.get("errors"):
                raise Failed(
                    f"The shop's API refused a question of the demonstration: {json.dumps(answer['errors'])[:300]}"
                )
            page = answer["data"]["orders"]
            for node in page["nodes"]:
                which = "ordered" if node["cancelledAt"] else "left"
                total = node[which]["presentmentMoney"]
                tax = (node[f"{which}Tax"] or {"presentmentMoney": {"amount": "0"}})["presentmentMoney"]["amount"]
                result[node["id"].rpartition("/")[2]] = (total["currencyCode"], total["amount"], tax)
            if not page["pageInfo"]["hasNextPage"]:
                return result
            after = page["pageInfo"]["endCursor"]


class User:
    """Somebody who is logged in to Odoo, with that person's rights; calls are those of the web client."""

    def __init__(self, url, database, login):
        self.login, self._url = login, url
        self._http = requests.Session()
        answer = self._post("/web/session/authenticate", {"db": database, "login": login, "password": login})
        if not answer.get("uid"):
            raise Failed(f"Odoo refused the log-in of {login}")

    def call(self, model, method, *args, **kwargs):
        return self._post(
            f"/web/dataset/call_kw/{model}/{method}", {"model": model, "method": method, "args": args, "kwargs": kwargs}
        )

    def may_read(self, model) -> bool:
        return self.call(model, "has_access", [], "read")

    def _post(self, path, params):
        response = self._http.post(self._url + path, json={"jsonrpc": "2.0", "params": params}, timeout=TIMEOUT)
        answer = response.json() if response.ok else {"error": {"message": f"status {response.status_code}"}}
        if "error" in answer:
            message = answer["error"].get("data", {}).get("message") or answer["error"]["message"]
            raise Failed(f"Odoo refused {path} to {self.login}: {message}")
        return answer.get("result")  # a method that returns None has none


class Database:
    """Odoo's database, only to be looked at: what is committed, when it is. One connection, for one thread."""

    def __init__(self, name):
        # Where PostgreSQL is, libpq takes from PGHOST, PGPORT, PGUSER and PGPASSWORD (dev/common.sh).
        self._connection = psycopg2.connect(dbname=name, application_name="shopify_sync demo")
        self._connection.set_session(readonly=True, autocommit=True)
        numeric = psycopg2.extensions.new_type((1700,), "text", lambda value, _cursor: value)
        psycopg2.extensions.register_type(numeric, self._connection)

    def rows(self, query, *values):
        with self._connection.cursor() as cursor:
            cursor.execute(query, values)
            return cursor.fetchall()

    def one(self, query, *values):
        return self.rows(query, *values)[0][0]

    def close(self):
        self._connection.close()


def odoo_command(*options):
    """Odoo's command line with our paths; the database server comes from the environment."""
    return [
        os.environ["ODOO_BIN"],
        f"--data-dir={os.environ['STATE']}/filestore",
        f"--addons-path={os.environ['ODOO_ADDONS']},{os.environ['ADDONS']}",
        f"--db_host={os.environ['PGHOST']}",
        f"--db_port={os.environ['PGPORT']}",
        f"--db_user={os.environ['PGUSER']}",
        *options,
    ]
