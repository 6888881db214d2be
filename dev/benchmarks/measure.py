"""What the benchmarks share: rows with what they must reach, the databases, and how statements are counted."""

import contextlib
import os
import re
import statistics
import time
from collections import Counter
from dataclasses import dataclass, field

from prefork import scene
from prefork.database import Database, connect

LOCK_CLASS, FIRST_FAST = 1397247824, 1000  # of models/shopify_runner_cron.py
VERB = re.compile(r"\s*(\w+)(?:\s+(?:INTO|FROM)?\s*\"?(\w+))?")


@dataclass
class Row:
    """One figure. `reach` is '<= 1.15', '>= 0.75', '= 0' or '' for one that is only told."""

    name: str
    figure: float
    reach: str = ""
    details: dict = field(default_factory=dict)

    @property
    def is_ok(self) -> bool:
        if not self.reach:
            return True
        sign, bound = self.reach.split()
        compare = {"<=": float.__le__, ">=": float.__ge__, "<": float.__lt__, "=": float.__eq__}[sign]
        return compare(float(self.figure), float(bound))

    def sentence(self) -> str:
        verdict = "" if not self.reach else "ok" if self.is_ok else "NOT REACHED"
        said = ", ".join(f"{name} {value}" for name, value in self.details.items())
        return f"{self.name:44} {self.figure:>9.3f}  {self.reach:9} {verdict:11}  {said}"


class Base(contextlib.ExitStack):
    """The databases everything is copied from: `plain` Odoo with articles, and the same with the addon installed."""

    def __init__(self):
        super().__init__()
        self._made = {}

    @property
    def plain(self) -> Database:
        if "plain" not in self._made:
            database = self.enter_context(Database(os.environ["TEMPLATE_DB"], "bench"))
            with database.environment() as env:
                scene.furnish(env, articles=10, pieces=1_000_000)
            self._made["plain"] = database
        return self._made["plain"]

    @property
    def installed(self) -> Database:
        if "installed" not in self._made:
            database = self.enter_context(self.plain.copy("bench"))
            database.install("shopify_sync")
            self._made["installed"] = database
        return self._made["installed"]


@dataclass
class Effort:
    """:ivar seconds: wall clock; `statements`: SQL by verb and table, of this process"""

    seconds: float = 0.0
    statements: Counter = field(default_factory=Counter)

    @property
    def queries(self) -> int:
        return self.statements.total()

    @property
    def inserts(self) -> int:
        return sum(count for (verb, _table), count in self.statements.items() if verb == "INSERT")


@contextlib.contextmanager
def effort():
    """Time and SQL statements of what is done meanwhile in this thread's process."""
    from odoo.sql_db import Cursor

    spent, original = Effort(), Cursor.execute

    def execute(cursor, query, params=None, log_exceptions=True):
        found = VERB.match(getattr(query, "code", query) if not isinstance(query, bytes) else query.decode())
        spent.statements[(found[1].upper(), found[2] or "") if found else ("", "")] += 1
        return original(cursor, query, params, log_exceptions)

    Cursor.execute = execute
    started = time.perf_counter()
    try:
        yield spent
    finally:
        spent.seconds = time.perf_counter() - started
        Cursor.execute = original


def ratio(ours: list[float], theirs: list[float]) -> float:
    """Median of the ratios of neighboring runs: what slowed the machine for a while slowed both of a pair."""
    return statistics.median(a / b for a, b in zip(ours, theirs, strict=True))


@contextlib.contextmanager
def runners_occupied(name):
    """The runners' locks are held, as by runners that wait for Shopify: nothing is consumed, nobody has to be woken."""
    with contextlib.closing(connect(name)) as connection, connection.cursor() as cursor:
        for number in (0, 1):
            cursor.execute("SELECT pg_advisory_lock(%s, %s)", [LOCK_CLASS, FIRST_FAST + number])
        yield
