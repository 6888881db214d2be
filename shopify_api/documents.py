"""The GraphQL documents beside this file: one operation each, read once."""

import functools
import re
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent / "documents"
_COMMENT = re.compile(r"^\s*#(.*)$", re.MULTILINE)
_LISTS = frozenset({"BulkOperationRunQuery"})
_OPERATION = re.compile(r"^\s*(query|mutation)\s+(\w+)", re.MULTILINE)


@dataclass(frozen=True)
class Document:
    """An operation as it is sent.

    :param name: the file's name without .graphql
    :param text: GraphQL without comments
    :param operation: the name in the document, sent as operationName
    :param mutation: whether it is sent as a mutation
    :param keyed: whether it takes an idempotency key, and so may be repeated with the same key
    :param scopes: the access scopes that it needs, from its head
    :param batch: how many things one call may take (or bring, in a page), from its head; None when it does not say
    """

    name: str
    text: str
    operation: str
    mutation: bool
    keyed: bool
    scopes: frozenset[str]
    batch: int | None

    @property
    def changes(self) -> bool:
        """Whether it changes something in Shopify: asking for a list as a file is a mutation, and does not."""
        return self.mutation and self.operation not in _LISTS


@functools.cache
def load(name: str) -> Document:
    """The document of this name.

    :raise LookupError: there is none
    """
    path = FOLDER / f"{name}.graphql"
    if not re.fullmatch(r"[a-z0-9_]+", name) or not path.is_file():
        raise LookupError(f"There is no GraphQL document named {name!r}.")
    source = path.read_text(encoding="utf-8")
    head = " ".join(_COMMENT.findall(source.split("{", 1)[0]))
    text = _COMMENT.sub("", source).strip()
    kind, operation = _OPERATION.search(text).groups()
    asked = re.search(r"scopes:(.*?)(?:batch:|$)", head)
    batch = re.search(r"batch:\s*(\d+)", head)
    return Document(
        name=name,
        text=text,
        operation=operation,
        mutation=kind == "mutation",
        keyed="@idempotent" in text,
        scopes=frozenset(re.findall(r"\b(?:read|write)_\w+", asked[1]) if asked else ()),
        batch=int(batch[1]) if batch else None,
    )


def names() -> list[str]:
    """Every document there is."""
    return sorted(path.stem for path in FOLDER.glob("*.graphql"))
