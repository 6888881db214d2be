"""Reading recorded scenarios (format: the README beside them)."""

import json
import re
from dataclasses import dataclass, field
from pathlib import Path

from graphql import GraphQLError, NonNullTypeNode, OperationDefinitionNode, parse

_VERSION = re.compile(r"(20\d\d)(01|04|07|10)$")


@dataclass
class Step:
    """One request with its answer. :ivar document: None if it was not kept; `complete`: whether it can be sent again;
    `version`: the API's, that of the scenario unless the step is named after another one (`…202510`)"""

    index: int
    name: str
    kind: str | None
    roots: list
    document: str | None
    variables: dict
    complete: bool
    answer: dict
    version: str

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
        try:
            body = json.loads(path.read_text(encoding="utf-8"))
        except (ValueError, RecursionError):
            continue
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
        complete = document is not None and not missing and isinstance(answer, dict) and _answers(document, answer)
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
                "-".join(named.groups()) if (named := _VERSION.search(raw.get("name") or "")) else scenario.version,
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


def _answers(document, answer) -> bool:
    """Whether this can be the document that was answered: an error's path names the operation it is about."""
    for error in answer.get("errors") or ():
        path = error.get("path") if isinstance(error, dict) else None
        if path and (match := re.fullmatch(r"(?:query|mutation) (\w+)", str(path[0]))):
            return re.search(rf"\b{match[1]}\b", document) is not None
    return True


def _complains(answer) -> bool:
    errors = answer.get("errors") if isinstance(answer, dict) else None
    return isinstance(errors, list) and any(
        (error.get("extensions") or {}).get("code") == "INVALID_VARIABLE" for error in errors if isinstance(error, dict)
    )


def app_number(scenarios: list) -> int:
    """The app that recorded, as some answer names it; 1 if none does."""
    for scenario in scenarios:
        for step in scenario.steps:
            if match := re.search(r"gid://shopify/App/(\d+)", json.dumps(step.answer)):
                return int(match[1])
    return 1
