"""The campaign named by a landing page's address."""

import pytest

from commerce.attribution import utm


@pytest.mark.parametrize(
    ("address", "found"),
    [
        (None, {}),
        ("", {}),
        ("/products/mug", {}),
        (
            "/?utm_source=news&utm_medium=mail&utm_campaign=Spring+Sale",
            {"source": "news", "medium": "mail", "campaign": "Spring Sale"},
        ),
        ("https://shop.example/x?a=1&utm_source=%C3%BCber", {"source": "über"}),
        ("/?utm_source=&utm_medium=%20", {}),
        ("/?utm_source=a&utm_source=b", {"source": "a"}),
        ("/?utm_campaign=" + "x" * 300, {}),
        ("/?utm_source=a%00b", {"source": "ab"}),
        ("http://[broken?utm_source=x", {}),
        ("/?" + "&".join(f"a{i}=1" for i in range(500)), {}),
    ],
)
def test_what_an_address_names(address, found):
    assert utm(address) == found
