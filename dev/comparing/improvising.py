"""A document for a mutation whose own was not kept, from its root field, its variables and the shape of its answer.

Such a step is not judged: it is played so that the shop goes through what the recorded one went through."""

from graphql import get_named_type, is_composite_type


def document(schema, step) -> str | None:
    """None when the variables are not the root field's arguments, or the answer's shape is not of the schema."""
    roots = set(step.roots)
    payloads = step.answer.get("data") or {}
    if step.document is not None or len(roots) != 1 or not step.variables or len(payloads) != 1:
        return None
    root = next(iter(roots))
    field, payload = schema.mutation_type.fields.get(root), payloads.get(root)
    if field is None or not isinstance(payload, dict):
        return None
    named = [name for name in step.variables if name in field.args]
    keys = [name for name in step.variables if name not in field.args]
    if len(keys) > 1 or any("idempoten" not in name.lower() for name in keys):
        return None
    selection = _selection(get_named_type(field.type), payload)
    if selection is None:
        return None
    declared = [f"${name}: {field.args[name].type}" for name in named] + [f"${name}: String!" for name in keys]
    given = ", ".join(f"{name}: ${name}" for name in named)
    directive = f" @idempotent(key: ${keys[0]})" if keys else ""
    return f"mutation ({', '.join(declared)}) {{ {root}({given}){directive} {selection} }}"


def _selection(kind, shape) -> str | None:
    if isinstance(shape, list):
        merged = {}
        for one in shape:
            if not isinstance(one, dict):
                return ""
            merged |= {name: value for name, value in one.items() if name not in merged or merged[name] is None}
        shape = merged
        if not shape:
            return "{ __typename }" if is_composite_type(kind) else ""
    if not isinstance(shape, dict):
        return "{ __typename }" if is_composite_type(kind) else ""
    parts = []
    for name, value in shape.items():
        field = getattr(kind, "fields", {}).get(name)
        if field is None:
            return None
        below = _selection(get_named_type(field.type), value)
        if below is None:
            return None
        arguments = ""
        if name == "quantities" and isinstance(value, list):
            arguments = "(names: [" + ", ".join(f'"{row.get("name")}"' for row in value) + "])"
        elif "first" in field.args:
            arguments = "(first: 50)"
        parts.append(f"{name}{arguments} {below}".strip())
    return "{ " + " ".join(parts) + " }"
