"""The walls of the tree, read from the source: who may import whom, where models live, what never stands in a file.

The rules are those of README's "Architecture". Each is tried on a piece of source that breaks it as well, so that a
wall which lets everything pass is seen.
"""

import ast
import re
import subprocess
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ADDON = "shopify_sync"
ROOMS = ("controllers", "flows", "models", "wizards", "commerce", "shopify_api")

# What a room may import of ours; the entry is a package or a module, and holds what is below it.
ARROWS = {
    "flows": ("flows", "models", "commerce", "shopify_api"),
    "models": ("models", "commerce"),
    "wizards": ("wizards", "commerce"),
    "controllers": ("controllers", "models", "shopify_api.webhook", "shopify_api.auth"),
    "commerce": ("commerce",),
    "shopify_api": ("shopify_api",),
    "tests.simulator": ("tests.simulator",),
}
WITHOUT_ODOO = ("commerce", "shopify_api", "tests.simulator")
# Whatever opens a connection to elsewhere.
NETWORK = ("aiohttp", "http.client", "httpx", "requests", "shopify", "socket", "urllib.request", "urllib3")


def sources(*folders):
    """(path relative to the root, parsed module) of every Python file below these folders."""
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.py")):
            yield path.relative_to(ROOT), ast.parse(path.read_text(encoding="utf-8"))


def within(module, packages):
    return any(module == package or module.startswith(package + ".") for package in packages)


def module_of(path):
    """Dotted name of a file, from the addon's root: models/__init__.py is `models`."""
    parts = list(path.with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(path, tree):
    """(line, module) for each import; ours are named from the addon's root, as in `commerce.order`.

    What is taken from a whole room is a module of it: `from ..shopify_api import webhook` is `shopify_api.webhook`.
    """
    package = path.parent.parts
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, own_name(alias.name)) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            if node.level:
                base = list(package[: len(package) - (node.level - 1)])
                module = ".".join(base + (node.module.split(".") if node.module else []))
            else:
                module = own_name(node.module)
            for alias in node.names:
                inner = own_name(f"{module}.{alias.name}" if module else alias.name)
                names_module = (
                    module in ("", *ROOMS, ".".join(package))
                    or inner != f"{module}.{alias.name}"
                    or within(inner, NETWORK)
                )
                yield node.lineno, inner if names_module else module


def own_name(module):
    return module.removeprefix(f"odoo.addons.{ADDON}.") if module != f"odoo.addons.{ADDON}" else ""


def forbidden_imports(path, tree):
    """Sentences about the imports of one file that cross a wall."""
    module = module_of(path)
    room = next(name for name in ARROWS if within(module, (name,)))
    for line, imported in imports(path, tree):
        first = imported.split(".")[0]
        ours = first in ROOMS or first in ("tests", "dev", "simulator", "") or imported == ADDON
        if ours and not within(imported, ARROWS[room]):
            yield f"{path}:{line}: {room} may not import {imported or 'the addon itself'}"
        if first == "odoo" and room in WITHOUT_ODOO:
            yield f"{path}:{line}: {room} may not import {imported}"
        if within(imported, NETWORK) and room not in ("shopify_api", "tests.simulator"):
            yield f"{path}:{line}: only shopify_api opens connections, not by {imported} here"


def calls(tree, name):
    """Lines where something of this name is called, also as an attribute."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", None)) == name:
            yield node.lineno


def odoo_models(tree):
    """(model, extends) of each class that is an Odoo model; `extends` is true where an existing model is reopened."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.ClassDef):
            continue
        values = {}
        for statement in node.body:
            targets = getattr(statement, "targets", [getattr(statement, "target", None)])
            if isinstance(statement, ast.Assign | ast.AnnAssign) and isinstance(targets[0], ast.Name):
                name = targets[0].id
                if name in ("_name", "_inherit"):
                    values[name] = ast.literal_eval(statement.value)
        inherit = values.get("_inherit", ())
        inherited = (inherit,) if isinstance(inherit, str) else tuple(inherit)
        name = values.get("_name") or (inherited[0] if inherited else None)
        if name:
            yield name, name in inherited


def misplaced_models(path, tree):
    """Sentences about a file of models/ or flows/ that does not hold exactly the model it is named after."""
    expected = path.stem.replace("_", ".")
    if path.parts[0] == "flows":
        parts = path.with_suffix("").parts[1:]  # a folder of flows/ holds the parts of what its name says
        expected = (
            "shopify.flow" if parts == ("flow",) else ".".join(("shopify", *(parts if parts[1:] else ("flow", *parts))))
        )
    names = [name for name, _extends in odoo_models(tree)]
    same = [name.replace(".", "_") for name in names] == [expected.replace(".", "_")]
    if path.parts[0] == "flows":
        same = names == [expected]
    if not same:
        yield f"{path}: holds {', '.join(names) or 'no model'}, and its name promises {expected}"


# ---- the tree -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("room", ARROWS)
def test_imports_follow_the_arrows(room):
    found = [fault for path, tree in sources(room.replace(".", "/")) for fault in forbidden_imports(path, tree)]
    assert not found


def test_the_client_is_made_in_flow_py_alone():
    made = [
        f"{path}:{line}"
        for path, tree in sources(*ROOMS)
        if path != Path("flows/flow.py")
        for line in calls(tree, "Client")
    ]
    assert not made


def test_no_float_touches_money_or_quantities():
    assert not [f"{path}:{line}" for path, tree in sources("commerce", "flows") for line in calls(tree, "float")]


def test_a_file_of_models_or_flows_holds_the_model_it_is_named_after():
    found = [
        fault
        for path, tree in sources("models", "flows")
        if path.name != "__init__.py"
        for fault in misplaced_models(path, tree)
    ]
    assert not found


def test_each_model_is_declared_or_extended_once():
    counted = Counter(name for _path, tree in sources(*ROOMS) for name, _extends in odoo_models(tree))
    assert not {name for name, times in counted.items() if times > 1}


def test_odoo_models_are_extended_in_models_or_wizards():
    elsewhere = [
        f"{path}: {name}"
        for path, tree in sources("flows", "controllers", "commerce", "shopify_api")
        for name, extends in odoo_models(tree)
        if extends
    ]
    assert not elsewhere


@pytest.mark.parametrize("room", ["controllers", "flows", "models", "wizards"])
def test_every_module_of_a_room_is_loaded_by_its_init(room):
    """Odoo loads what `__init__.py` imports: a forgotten file is a feature that silently is not there."""
    for path, tree in sources(room):
        if path.name == "__init__.py":
            here = {child.stem for child in (ROOT / path).parent.glob("*.py")} - {"__init__"}
            imported = {module.rsplit(".", 1)[-1] for _line, module in imports(path, tree)}
            assert not here - imported, f"{path} does not import {sorted(here - imported)}"


def committed_texts():
    """(path, text) of every text file that git has or would add."""
    listed = subprocess.run(
        ["git", "-c", "safe.directory=*", "ls-files", "-co", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        check=True,
        text=True,
    ).stdout
    for name in sorted(set(filter(None, listed.split("\0")))):
        content = (ROOT / name).read_bytes() if (ROOT / name).is_file() else b"\0"
        if b"\0" not in content:
            yield name, content.decode("utf-8", "replace")


# Written with character classes, so that this file does not find itself.
OF_ONE_MACHINE = re.compile(
    r"(?<![\w.~$}*-])/(?:wor[k]|roo[t]|hom[e]/[a-z]\w*|User[s]/\w+)/\w"
    r"|(?:pyp[i]\.org|pythonhoste[d]\.org|registr[y]\.npmjs|registr[y]\.yarnpkg|de[b]\.debian\.org|archiv[e]\.ubuntu)"
    r"|--(?:extra-)?index-ur[l]|_authToke[n]"
)


def test_no_path_of_one_machine_and_no_registry_host_is_committed():
    found = [
        f"{name}:{text.count(chr(10), 0, match.start()) + 1}: {match.group()}"
        for name, text in committed_texts()
        for match in OF_ONE_MACHINE.finditer(text)
    ]
    assert not found


# ---- the walls themselves: what is wrong does not pass them -------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("models/sale_order.py", "from ..shopify_api import client"),
        ("models/sale_order.py", "from odoo.addons.shopify_sync.flows import flow"),
        ("models/sale_order.py", "from odoo.addons import shopify_sync"),
        ("models/sale_order.py", "import requests"),
        ("wizards/shopify_order_cancel.py", "from .. import flows"),
        ("controllers/webhook.py", "from ..shopify_api import client"),
        ("controllers/webhook.py", "from ..flows import orders_in"),
        ("controllers/webhook.py", "from urllib import request"),
        ("flows/orders_in.py", "from ..controllers import webhook"),
        ("flows/orders_in.py", "import requests.adapters"),
        ("commerce/order.py", "from odoo import fields"),
        ("commerce/order.py", "from ..shopify_api.errors import ShopifyError"),
        ("shopify_api/client.py", "import odoo.tools"),
        ("shopify_api/client.py", "def late():\n    from ..commerce import ids"),
        ("tests/simulator/orders.py", "from ...commerce import money"),
    ],
)
def test_an_import_across_a_wall_is_seen(path, source):
    assert len(list(forbidden_imports(Path(path), ast.parse(source)))) == 1


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("models/sale_order.py", "from odoo import fields, models\nfrom ..commerce import order"),
        (
            "controllers/webhook.py",
            "from odoo import http\nfrom ..shopify_api import webhook\nfrom ..shopify_api.auth import x",
        ),
        (
            "flows/orders_in.py",
            "from ..commerce import order\nfrom ..shopify_api.client import Client\nfrom .flow import x",
        ),
        ("shopify_api/client.py", "import requests\nfrom .errors import ShopifyError\nfrom . import throttle"),
        ("tests/simulator/server.py", "import http.server\nfrom . import state\nfrom .domains import orders"),
    ],
)
def test_an_import_along_the_arrows_passes(path, source):
    assert not list(forbidden_imports(Path(path), ast.parse(source)))


@pytest.mark.parametrize(
    ("path", "source", "right"),
    [
        ("models/stock_picking.py", "class P:\n    _inherit = 'stock.picking'", True),
        ("models/stock_picking.py", "class P:\n    _inherit = ['stock.picking', 'mail.thread']", True),
        ("models/stock_picking.py", "class P:\n    _inherit = 'stock.move'", False),
        (
            "models/stock_picking.py",
            "class P:\n    _inherit = 'stock.picking'\nclass M:\n    _inherit = 'stock.move'",
            False,
        ),
        ("models/stock_picking.py", "LIMIT = 3", False),
        ("models/shopify_store.py", "class S:\n    _name = 'shopify.store'\n    _inherit = ['mail.thread']", True),
        ("flows/orders_in.py", "class O:\n    _name = 'shopify.flow.orders_in'\n    _inherit = 'shopify.flow'", True),
        ("flows/orders_in.py", "class O:\n    _name = 'shopify.flow.orders.in'\n    _inherit = 'shopify.flow'", False),
        ("flows/flow.py", "class F:\n    _name = 'shopify.flow'", True),
    ],
)
def test_a_model_in_the_wrong_file_is_seen(path, source, right):
    assert (not list(misplaced_models(Path(path), ast.parse(source)))) is right


def test_reopening_a_model_is_told_from_mixing_in():
    source = (
        "class A:\n    _inherit = 'sale.order'\nclass B:\n    _name = 'shopify.store'\n    _inherit = ['mail.thread']"
    )
    assert list(odoo_models(ast.parse(source))) == [("sale.order", True), ("shopify.store", False)]


def test_calls_are_seen_by_name_and_by_attribute():
    assert list(calls(ast.parse("x = Client(1)\ny = client.Client(2)\nz = Client"), "Client")) == [1, 2]


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("see /" + "work/main/x", True),
        ("cd /" + "home/anna/src", True),
        ("pip install --" + "index-url x", True),
        ("a clone below /root", False),
        ("../shared/payloads", False),
        ("https://example.com/work/1", False),
    ],
)
def test_a_path_of_one_machine_is_seen(text, seen):
    assert bool(OF_ONE_MACHINE.search(text)) is seen
