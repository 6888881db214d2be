"""What the first call of each document is taken to cost covers what it asks for, as far as Shopify's formula is known."""

from pathlib import Path

import pytest
from graphql import FragmentDefinitionNode, OperationDefinitionNode, parse

from shopify_api.throttle import UNKNOWN_COST
from simulator import cost, schema

DOCUMENTS = sorted((Path(__file__).parents[2] / "shopify_api" / "documents").glob("*.graphql"))
# As the flows ask at first: flows/fulfillments_out.py SIZES, and full batches.
VARIABLES = {"several": 5, "lines": 10, "first": 50, "ids": ["gid://shopify/Order/1"] * 50}


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.stem)
def test_the_guess_covers_the_first_call(path):
    definitions = parse(path.read_text(encoding="utf-8")).definitions
    fragments = {one.name.value: one for one in definitions if isinstance(one, FragmentDefinitionNode)}
    operation = next(one for one in definitions if isinstance(one, OperationDefinitionNode))
    roots = cost.Costing(schema.load(), fragments, VARIABLES).roots(operation)
    assert 0 < sum(points for _root, points in roots) <= UNKNOWN_COST
