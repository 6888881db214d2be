"""The Odoo tests, found by Odoo's own runner (`--test-enable`) as well as by pytest-odoo.

Odoo looks for attributes of this package called `test_*` and does not enter its folders, so every test module of the
folders below is put here. The name carries the folder: tests/models and tests/flows may both have a test_orders.py.
tests/pure, tests/servers and tests/simulator run without Odoo's runner and stay out.
"""

from importlib import import_module
from pathlib import Path

for _folder in ("models", "flows", "browser"):
    for _file in sorted((Path(__file__).parent / _folder).glob("test_*.py")):
        globals()[f"test_{_folder}_{_file.stem.removeprefix('test_')}"] = import_module(
            f".{_folder}.{_file.stem}", __name__
        )
