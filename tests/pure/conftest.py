"""A simulated shop and a client of ours that speaks to it: what the test_api_*against_simulator.py share."""

import pytest
from loopback import Time

import simulator
from shopify_api.client import Client

CATALOG = {
    "locations": [{"name": "Berlin"}, {"name": "Hamburg"}],
    "products": [
        {
            "title": "Mug",
            "options": ["Color"],
            "variants": [
                {"sku": "MUG-R", "price": "12.50", "options": ["Red"], "stock": {"Berlin": 5}},
                {"sku": "MUG-B", "price": "12.50", "options": ["Blue"], "stock": {"Berlin": 7, "Hamburg": 2}},
            ],
        }
    ],
}


@pytest.fixture
def running():
    with simulator.start(catalog=CATALOG, deliver="manual") as started:
        yield started


@pytest.fixture
def shop(running):
    return running.shop


@pytest.fixture
def time():
    return Time()


@pytest.fixture
def client(running, time):
    made = Client(
        running.shop.domain,
        token=lambda renew: "shpat_simulator",
        endpoint=running.url,
        sleep=time.sleep,
        clock=time.clock,
    )
    execute = made.execute

    def remembered(document, variables=None):
        got = execute(document, variables)
        assert not got.errors and not got.warnings
        assert got.cost.requested < 1000
        assert got.version == made.version
        return got

    made.execute = remembered
    yield made
    made.close()


@pytest.fixture
def item(shop):
    return shop.variant("MUG-R").item.id
