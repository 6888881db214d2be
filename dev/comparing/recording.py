"""Reading recorded scenarios (format: the README beside them)."""

import json
from dataclasses import dataclass, field
from pathlib import Path

from graphql import GraphQLError, NonNullTypeNode, OperationDefinitionNode, parse


@dataclass
class Step:
    """One request with its answer. :ivar document: None if it was not kept; `complete`: whether it can be sent again"""

    index: int
    name: str
    kind: str | None
    roots: list
    document: str | None
    variables: dict
    complete: bool
    answer: dict

    @property
    def changes(self) -> bool:
        """Whether it may have changed the shop: a mutation, or nobody knows what it was."""
        return self.kind != "query" and (self.kind == "mutation" or self.document is None)


@dataclass
class Scenario:
    file: str
    version: str
    steps: list = field(default_factory=list)


def read(folder: Path) -> list:
    """Every scenario below `folder`, by file name; other JSON files are none of ours."""
    found = []
    for path in sorted(folder.rglob("*.json")):
        body = json.loads(path.read_text(encoding="utf-8"))
        if isinstance(body, dict) and isinstance(body.get("steps"), list):
            found.append(_scenario(str(path.relative_to(folder)), body))
    return found


def _scenario(name, body) -> Scenario:
    scenario = Scenario(name, body.get("apiVersion") or "")
    for index, raw in enumerate(body["steps"]):
        document = raw.get("document")
        if document is None and raw.get("documentSameAsStep") is not None:
            document = body["steps"][raw["documentSameAsStep"]].get("document")
        variables = raw.get("variables") or {}
        missing = bool(raw.get("variablesMissing")) or bool(_required(document) - set(variables))
        # A document that lacks a variable on purpose was answered so by Shopify; then nothing is missing here.
        if missing and _complains(raw.get("response")):
            missing = False
        answer = raw.get("response")
        complete = document is not None and not missing and isinstance(answer, dict)
        scenario.steps.append(
            Step(
                index,
                raw.get("name") or "",
                raw.get("kind"),
                raw.get("roots") or [],
                document,
                variables,
                complete and raw.get("kind") in ("query", "mutation"),
                answer if isinstance(answer, dict) else {},
            )
        )
    return scenario


def _required(document) -> set:
    """Variables without which the document cannot be sent."""
    try:
        definitions = parse(document).definitions if document else ()
    except GraphQLError:
        return set()
    return {
        variable.variable.name.value
        for definition in definitions
        if isinstance(definition, OperationDefinitionNode)
        for variable in definition.variable_definitions or ()
        if isinstance(variable.type, NonNullTypeNode) and variable.default_value is None
    }


def _complains(answer) -> bool:
    errors = answer.get("errors") if isinstance(answer, dict) else None
    return isinstance(errors, list) and any(
        (error.get("extensions") or {}).get("code") == "INVALID_VARIABLE" for error in errors if isinstance(error, dict)
    )
