"""One GraphQL request: parse, validate, pay, run, and say what it cost. Every value comes out of the shop's state.

Static errors look as Shopify's do (recorded, FACTS 17): no `data`, camelCase codes; what fails at run time has
`data: {root: null}`."""

import functools
import inspect
import json
import re

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLSyntaxError,
    OperationDefinitionNode,
    execute,
    get_directive_values,
    get_named_type,
    is_input_type,
    is_list_type,
    is_non_null_type,
    parse,
    print_ast,
    type_from_ast,
    validate,
)
from graphql.utilities import validate_input_value

from . import cost, paging, schema
from .roots import CHECKS, MUTATIONS, QUERIES, Refused, snake, user_error

_ABSENT = object()
_LONGEST_LIST = 250
_VALIDATION = [
    (r"Cannot query field '(\w+)' on type '(\w+)'.*", "Field '{0}' doesn't exist on type '{1}'", "undefinedField"),
    (
        r"Field '(\w+)' of type '(.+?)' must have a selection.*",
        "Field must have selections (field '{0}' returns {1} but has no selections. Did you mean '{0} {{ ... }}'?)",
        "selectionMismatch",
    ),
    (
        r"Field '(\w+)' must not have a selection since type '(.+?)' has no subfields.*",
        "Selections can't be made on scalars (field '{0}' returns {1} but has selections)",
        "selectionMismatch",
    ),
    (
        r"Argument '\w+\.(\w+)\((\w+):\)' of type .* is required.*",
        "Field '{0}' is missing required arguments: {1}",
        "missingRequiredArguments",
    ),
    (
        r"Unknown argument '(\w+)' on field '(?:\w+\.)?(\w+)'.*",
        "Field '{1}' doesn't accept argument '{0}'",
        "argumentNotAccepted",
    ),
    (
        r"Argument '@(\w+)\((\w+):\)' of type .* is required.*",
        "Directive '{0}' is missing required arguments: {1}",
        "missingRequiredArguments",
    ),
    (
        r"Expected value of type '(\w+)' to include required field '(\w+)'.*",
        "Argument '{1}' on InputObject '{0}' is required.",
        "missingRequiredInputObjectAttribute",
    ),
    (r"Unknown directive '@(\w+)'.*", "Directive @{0} is not defined", "undefinedDirective"),
    (r"Unknown type '(\w+)'.*", "{0} isn't a defined input type (on $variable)", "variableRequiresValidType"),
    (r"Unknown fragment '(\w+)'.*", "Fragment {0} was used, but not defined", "useAndDefineFragment"),
    (r"Fragment '(\w+)' is never used.*", "Fragment {0} was defined, but not used", "useAndDefineFragment"),
    (r"Variable '(\$\w+)' is never used.*", "Variable {0} is declared by operation but not used", "variableNotUsed"),
    (
        r"Variable '(\$\w+)' is not defined.*",
        "Variable {0} is used by operation but not declared",
        "variableNotDefined",
    ),
    (
        r"Variable '(\$\w+)' of type '(.+?)' used in position expecting type '(.+?)'.*",
        "Type mismatch on variable {0} ({1} / {2})",
        "variableMismatch",
    ),
]


class Document:
    """A parsed and validated text."""

    def __init__(self, text: str):
        self.errors = []
        try:
            self.ast = parse(text)
        except GraphQLSyntaxError as error:
            at = [{"line": place.line, "column": place.column} for place in error.locations]
            message = f"{error.message} at {[at[0]['line'], at[0]['column']]}"
            self.errors = [{"message": message, "locations": at, "extensions": {"code": "PARSE_ERROR"}}]
            return
        self.operations = [d for d in self.ast.definitions if isinstance(d, OperationDefinitionNode)]
        self.fragments = {d.name.value: d for d in self.ast.definitions if isinstance(d, FragmentDefinitionNode)}
        self.errors = [self._static(error) for error in validate(schema.load(), self.ast)]

    def _static(self, error) -> dict:
        message, code = error.message, "argumentLiteralsIncompatible"
        for pattern, text, name in _VALIDATION:
            if match := re.fullmatch(pattern, error.message, re.DOTALL):
                message, code = text.format(*match.groups()), name
                break
        places = [{"line": p.line, "column": p.column} for p in error.locations or ()]
        return {"message": message, "locations": places, "path": self._path(error), "extensions": {"code": code}}

    def _path(self, error) -> list:
        wanted = error.nodes[0] if error.nodes else None
        for definition in self.ast.definitions:
            kind = definition.operation.value if isinstance(definition, OperationDefinitionNode) else "fragment"
            name = definition.name.value if definition.name else ""
            if (path := _find(definition, wanted)) is not None:
                return [f"{kind} {name}".strip(), *path]
        return []

    def operation(self, name):
        found = [o for o in self.operations if name is None or (o.name and o.name.value == name)]
        return found[0] if len(found) == 1 else None


def _find(node, wanted):
    if node is wanted:
        return []
    for key in ("selection_set", "selections", "arguments", "directives", "value", "fields", "variable_definitions"):
        below = getattr(node, key, None)
        for child in below if isinstance(below, (list, tuple)) else [below]:
            if child is not None and hasattr(child, "kind") and (path := _find(child, wanted)) is not None:
                return [child.name.value, *path] if isinstance(child, FieldNode) else path
    return None


@functools.lru_cache(maxsize=512)
def document(text: str) -> Document:
    return Document(text)


class Request:
    """What a resolver may ask for beside its arguments: the shop, and where to report search warnings.

    :ivar empty: paths of fields that are null or empty because nobody modelled them"""

    def __init__(self, shop, empty, whole=False):
        """:param whole: connections are not cut into pages"""
        self.shop, self.search, self.empty, self.whole = shop, [], empty, whole


def run(shop, body: dict, record, empty=None) -> dict:
    """Answer a request.

    :param body: `query`, `variables`, `operationName`
    :param record: called with ([(root field, cost)], status) once it is known what was asked
    :param empty: a list that gets (path, `Type.field`) of what is null or empty because it is not modelled
    """
    text = body.get("query")
    if not isinstance(text, str):
        return {"errors": [{"message": "query is missing", "extensions": {"code": "BAD_REQUEST"}}]}
    parsed = document(text)
    if parsed.errors:
        record([], "invalid")
        return {"errors": parsed.errors}
    operation = parsed.operation(body.get("operationName") or None)
    if operation is None:
        record([], "invalid")
        return {"errors": [{"message": "An operation name is required", "extensions": {"code": "BAD_REQUEST"}}]}
    variables = body.get("variables") or {}
    costing = cost.Costing(schema.load(), parsed.fragments, variables)
    roots = costing.roots(operation)
    requested = sum(points for _, points in roots)
    problem = _wrong_variable(operation, variables) or _too_long(variables)
    if problem:
        record(roots, "invalid")
        return {"errors": [problem], "extensions": _cost(shop, requested, None)}
    if requested > cost.LIMIT:
        record(roots, "MAX_COST_EXCEEDED")
        message = f"Query cost is {requested}, which exceeds the single query max cost limit ({cost.LIMIT})."
        details = {"code": "MAX_COST_EXCEEDED", "cost": requested, "maxCost": cost.LIMIT}
        return {"errors": [{"message": message, "extensions": details}]}
    throttled = any(shop.faults.take(name, "throttle") for name, _ in roots)
    if throttled or not shop.bucket.take(requested):
        record(roots, "THROTTLED")
        error = {"message": "Throttled", "extensions": {"code": "THROTTLED"}}
        return {"errors": [error], "extensions": _cost(shop, requested, None)}
    request = Request(shop, [] if empty is None else empty)
    result = _executed(parsed, request, variables, body.get("operationName") or None)
    actual = sum(points for _, points in costing.roots(operation, result.data or {}))
    shop.bucket.give_back(max(0, requested - actual))
    record(roots, "errors" if result.errors else "ok")
    answer = {"data": result.data}
    if result.errors:
        answer["errors"] = [_formatted(error) for error in result.errors]
    answer["extensions"] = _cost(shop, requested, actual)
    if request.search:
        answer["extensions"]["search"] = request.search
    return answer


def _executed(parsed, request, variables=None, name=None):
    with request.shop.lock:
        return execute(
            schema.load(),
            parsed.ast,
            context_value=request,
            variable_values=variables,
            operation_name=name,
            field_resolver=_resolve,
            type_resolver=lambda value, *_: _typename(value),
        )


def everything(shop, text: str) -> dict:
    """The data of a query whose connections have no pages and which costs nothing: a bulk operation's.

    :raises GraphQLError: of what could not be answered
    """
    result = _executed(document(text), Request(shop, [], whole=True))
    if result.errors:
        raise result.errors[0]
    return result.data


def _cost(shop, requested, actual) -> dict:
    status = shop.bucket.status()
    return {"cost": {"requestedQueryCost": requested, "actualQueryCost": actual, "throttleStatus": status}}


def _formatted(error: GraphQLError) -> dict:
    result = error.formatted
    if error.original_error is not None and not isinstance(error.original_error, GraphQLError):
        # A bug of the simulator must be seen by whoever runs the test, not look like one of Shopify's answers.
        result = {**result, "extensions": {"code": "SIMULATOR_BUG", "type": type(error.original_error).__name__}}
    return result


def _wrong_variable(operation, variables) -> dict | None:
    """The first variable with a wrong value, all its problems in one message (recorded, FACTS 18)."""
    for definition in operation.variable_definitions or ():
        kind = type_from_ast(schema.load(), definition.type)
        if not is_input_type(kind):
            continue
        name = definition.variable.name.value
        if name not in variables:
            if is_non_null_type(kind) and definition.default_value is None:
                problems, value = [{"path": [], "explanation": "Expected value to not be null"}], None
            else:
                continue
        else:
            problems, value = [], variables[name]
            validate_input_value(value, kind, lambda error, path: problems.append(_problem(path, error)))  # noqa: B023
        if problems:
            said = ", ".join(
                f"{'.'.join(map(str, p['path']))} ({p['explanation']})" if p["path"] else p["explanation"]
                for p in problems
            )
            suffix = f" for {said}" if any(p["path"] for p in problems) else ""
            message = f"Variable ${name} of type {print_ast(definition.type)} was provided invalid value{suffix}"
            place = definition.loc.start_token
            return {
                "message": message,
                "locations": [{"line": place.line, "column": place.column}],
                "extensions": {"code": "INVALID_VARIABLE", "value": value, "problems": problems},
            }
    return None


def _problem(path, error) -> dict:
    path, text = list(path), error.message
    if match := re.match(r"Expected value of type '(\w+)' not to include unknown field '(\w+)'", text):
        return {"path": [*path, match[2]], "explanation": f"Field is not defined on {match[1]}"}
    if match := re.match(r"Expected value of type '\w+' to include required field '(\w+)'", text):
        return {"path": [*path, match[1]], "explanation": "Expected value to not be null"}
    if "not to be None" in text:
        return {"path": path, "explanation": "Expected value to not be null"}
    return {"path": path, "explanation": text}


def _too_long(value) -> dict | None:
    if isinstance(value, list) and len(value) > _LONGEST_LIST:
        text = f"The input array size of {len(value)} is greater than the maximum allowed of {_LONGEST_LIST}."
        return {"message": text, "extensions": {"code": "MAX_INPUT_SIZE_EXCEEDED"}}
    for one in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        if problem := _too_long(one):
            return problem
    return None


def _typename(value):
    return value.get("__typename") if isinstance(value, dict) else getattr(value, "typename", None)


def _resolve(source, info, **arguments):
    if info.parent_type is info.schema.query_type:
        value = _root(QUERIES, info)(info.context.shop, **_fitting(QUERIES[info.field_name], info, arguments))
    elif info.parent_type is info.schema.mutation_type:
        value = _mutate(info, arguments)
    else:
        value = _read(source, info, arguments)
    kind = get_named_type(info.return_type)
    if value is _ABSENT or value is None:
        value = _absence(info, kind, value)
    if kind.name.endswith("Connection") and isinstance(value, (list, tuple)):
        sizes = {key: arguments.get(key) for key in ("first", "last", "after", "before")}
        nodes = value if isinstance(value, paging.Sorted) else paging.Sorted(value, paging.number)
        nodes = nodes.backwards() if arguments.get("reverse") else nodes
        if info.context.whole:
            return paging.page(nodes, values=nodes.values, first=len(nodes), largest=len(nodes))
        return paging.page(nodes, values=nodes.values, **sizes)
    if arguments.get("first") is not None and isinstance(value, list):
        return value[: arguments["first"]]
    return value


def _root(registry, info):
    if info.field_name not in registry:
        raise Refused(f"simulator does not model {info.parent_type.name}.{info.field_name}", "SIMULATOR")
    return registry[info.field_name]


@functools.cache
def _accepted(function) -> frozenset:
    return frozenset(inspect.signature(function).parameters)


def _fitting(function, info, arguments) -> dict:
    accepted = _accepted(function)
    values = {snake(name): value for name, value in arguments.items()}
    values = {name: value for name, value in values.items() if name in accepted}
    if "request" in accepted:
        values["request"] = info.context
    return values


def _read(source, info, arguments):
    name = info.field_name
    if isinstance(source, dict):
        return source.get(name, _ABSENT)
    # A trailing underscore: the name itself means something else in Python (`Order.number_`).
    value = getattr(source, f"{snake(name)}_", _ABSENT)
    if value is _ABSENT:
        value = getattr(source, snake(name), _ABSENT)
    if not callable(value):
        return value
    return value(**_fitting(getattr(value, "__func__", value), info, arguments))


def _absence(info, kind, value):
    """What Shopify shows where there is nothing; a field nobody modelled that cannot be nothing is said so."""
    if value is _ABSENT:
        info.context.empty.append((info.path.as_list(), f"{info.parent_type.name}.{info.field_name}"))
    if not is_non_null_type(info.return_type):
        return None
    if is_list_type(info.return_type.of_type) or kind.name.endswith("Connection"):
        return []
    raise Refused(f"simulator does not model {info.parent_type.name}.{info.field_name}", "SIMULATOR")


def _mutate(info, arguments):
    """Run a mutation, once per idempotency key (SHOPIFY_API 8)."""
    shop, name = info.context.shop, info.field_name
    function = _root(MUTATIONS, info)
    directive = get_directive_values(info.schema.get_directive("idempotent"), info.field_nodes[0], info.variable_values)
    key = directive.get("key") if directive else None
    if name in CHECKS:
        CHECKS[name](arguments)
    if key is None and name in schema.keyed_mutations():
        text = "The @idempotent directive is required for this mutation but was not provided."
        raise Refused(text, "BAD_REQUEST")
    if key is not None and not key.strip():
        raise Refused("The idempotency key must not be blank.", "BAD_REQUEST")
    given = json.dumps([name, arguments], sort_keys=True, default=str)
    if key in shop.idempotency:
        before, result = shop.idempotency[key]
        if before == given:
            return result
        text = "The idempotency key has already been used with different parameters."
        return {"userErrors": [user_error(None, text, "IDEMPOTENCY_KEY_PARAMETER_MISMATCH")]}
    result = function(shop, **_fitting(function, info, arguments))
    if key is not None:
        shop.idempotency[key] = (given, result)
    return result
