"""Playing a scenario against a shop of the simulator, step by step."""

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone

from . import improvising
from .facts import Facts, gids, typename
from .loading import Loader
from .matching import Pairs, compare

OLDEST = "2026-04"
NO_DOCUMENT = "no document or variables"
OLD = f"API before {OLDEST}"
NO_ROOT = "root field not implemented"
TAINTED = "scenario went through one"
TWICE = "listed twice"
NO_FIELD = "field not modelled"
EQUAL, DIFFERENT, SKIPPED = "equal", "different", "skipped"

_NOT_MODELLED = re.compile(r"simulator does not model (\w+)\.(\w+)")
_MAKES_LOCATIONS = {"locationAdd", "fulfillmentServiceCreate"}
_PRODUCT = {"Product", "ProductVariant", "InventoryItem"}
# What such a mutation shows of these types it has made, even where a step that stands before it shows it already.
_MAKES = {
    "orderCreate": {"Order", "LineItem", "FulfillmentOrder", "FulfillmentOrderLineItem", "OrderTransaction"},
    "fulfillmentCreate": {"Fulfillment", "FulfillmentLineItem"},
    "fulfillmentEventCreate": {"FulfillmentEvent"},
    "locationAdd": {"Location"},
    "productCreate": _PRODUCT,
    "webhookSubscriptionCreate": {"WebhookSubscription"},
}
_INDEX_LAG = 60  # seconds; in every recording that shows it, longer than anybody waited (FACTS 26, 40)


def _makes(step, kind) -> bool:
    """Whether a mutation may have made an object of this type; else it was there before."""
    if kind == "Location":
        return bool(_MAKES_LOCATIONS & set(step.roots))
    if kind == "InventoryLevel":
        activated = (step.answer.get("data") or {}).get("inventoryActivate") or {}
        return bool(activated) and not activated.get("userErrors")
    return True


def _beyond(differences, empty) -> list:
    """The fields that the simulator leaves empty because it does not model them, if nothing else differs; else []."""
    paths = {".".join(["data", *map(str, path)]): name for path, name in empty}
    names = set()
    for one in differences:
        name = next((n for path, n in paths.items() if f"{one['at']}.".startswith(f"{path}.")), None)
        if name is None:
            return []
        names.add(name)
    return sorted(names)


@dataclass
class Verdict:
    """What came of one step. `words`: why it was skipped, or what differs; `fresh`: state was loaded from this very
    answer just before."""

    file: str
    step: str
    roots: list
    outcome: str
    words: object = None
    detail: str = ""
    fresh: bool = field(default=False)


class Rehearsal:
    """:param app_number: the number of the app that recorded"""

    def __init__(self, simulator, scenario, app_number):
        self.simulator, self.scenario, self.app_number = simulator, scenario, app_number
        self.registered = {**simulator.roots.QUERIES, **simulator.roots.MUTATIONS}
        self.facts, self.pairs = Facts(), Pairs()
        self.improvised = {}
        for step in scenario.steps:
            self.facts.take(step)
            if not step.complete and (text := improvising.document(simulator.schema.load(), step)):
                self.improvised[step.index] = text
        self.born = self._born()
        self.now = self._start()
        self.shop = simulator.Shop(
            "recorded.myshopify.com",
            deliver="manual",
            catalog={"locations": []},
            clock=lambda: self.now,
            bucket=10**9,
            **self._settings(),
        )
        self._name_shop()
        self.loader = Loader(simulator, self.shop, self.facts, self.born)
        # Edits whose beginning is replayed.
        begun = [step.answer.get("data") for step in scenario.steps if step.complete and "orderEditBegin" in step.roots]
        self.loader.edits = {gid for data in begun for gid in gids(data) if typename(gid) == "CalculatedOrder"}

    def run(self) -> list:
        if self.scenario.version < OLDEST:
            return [self._skipped(step, OLD) for step in self.scenario.steps]
        self._presuppose()
        verdicts, tainted = [], False
        for step in self.scenario.steps:
            self.now += timedelta(seconds=1)
            if tainted:
                verdicts.append(self._skipped(step, TAINTED))
                continue
            if step.version < OLDEST:
                self._believe(step)
                verdicts.append(self._skipped(step, OLD))
                continue
            if not step.complete:
                self._believe(step)
                verdicts.append(self._skipped(step, NO_DOCUMENT))
                continue
            if self._again(step):
                verdicts.append(self._skipped(step, TWICE))
                continue
            missing = [root for root in step.roots if not self._implemented(root)]
            if missing:
                tainted = step.kind == "mutation"
                verdicts.append(self._skipped(step, NO_ROOT, ", ".join(missing)))
                continue
            verdicts.append(self._play(step))
            tainted = verdicts[-1].words == NO_FIELD and step.kind == "mutation"
        return verdicts

    # One step

    def _play(self, step) -> Verdict:
        fresh = self._load_for(step)
        empty = []
        made = self._ask(step.document, step, empty)
        unmodelled = [
            m for error in made.get("errors") or () if (m := _NOT_MODELLED.search(error.get("message") or ""))
        ]
        differences = compare(step.answer, made, self.pairs)
        if unmodelled:
            names = sorted({f"{m[1]}.{m[2]}" for m in unmodelled})
            return self._skipped(step, NO_FIELD, ", ".join(names))
        if differences and (names := _beyond(differences, empty)):
            return self._skipped(step, NO_FIELD, ", ".join(names))
        if differences:
            return Verdict(self.scenario.file, self._label(step), step.roots, DIFFERENT, differences)
        return Verdict(self.scenario.file, self._label(step), step.roots, EQUAL, fresh=fresh)

    def _ask(self, document, step, empty=None):
        body = {"query": document, "variables": self.pairs.translate(step.variables)}
        return self.simulator.execute.run(self.shop, body, lambda *_: None, empty)

    def _label(self, step):
        return f"{step.index} {step.name}".strip()

    def _skipped(self, step, reason, detail=""):
        return Verdict(self.scenario.file, self._label(step), step.roots, SKIPPED, reason, detail)

    def _again(self, step) -> bool:
        """Whether an earlier step is this very request with this very answer: a mutation that made or deleted
        something cannot have been answered the same way twice."""
        if step.kind != "mutation":
            return False
        return any(
            (one.document, one.variables, one.answer) == (step.document, step.variables, step.answer)
            for one in self.scenario.steps[: step.index]
        )

    def _implemented(self, root):
        # A root that Shopify does not know either is answered by validation.
        schema = self.simulator.schema.load()
        known = root in schema.query_type.fields or root in schema.mutation_type.fields
        return root in self.registered or not (known or root.startswith("__"))

    # State

    def _born(self) -> set:
        """Ids that first occur in the answer of a mutation that is replayed: it makes them."""
        known, born, old = set(), set(), set()
        for step in self.scenario.steps:
            known |= gids(step.variables)
            new = gids(step.answer.get("data")) - known
            if (step.complete and step.kind == "mutation") or step.index in self.improvised:
                born |= {gid for gid in new if _makes(step, typename(gid))}
                kinds = set().union(*(_MAKES.get(root, set()) for root in step.roots))
                born |= {gid for gid in gids(step.answer.get("data")) - old if typename(gid) in kinds}
                old |= new
            known |= new
        return born

    def _presuppose(self):
        """Locations are there from the beginning: everything else that is loaded may lie at one."""
        for gid in self.facts.things:
            if typename(gid) == "Location":
                self.loader.need(gid)
        primary = any(
            fields.get("isPrimary") or fields.get("name") == "Shop location" for fields in self.facts.things.values()
        )
        listed = any("locations" in step.roots for step in self.scenario.steps)
        if not self.shop.locations or not (primary or listed):
            self.shop.locations.insert(0, self.simulator.locations.Location(self.shop, "Shop location"))
        for fields in self.facts.things.values():
            place = (fields.get("assignedLocation") or {}).get("location")
            if place and self.shop.first_choice is None:
                self.shop.first_choice = self.loader.live(place.gid)
        # One number per location stands in the ids of all its levels.
        for gid, fields in self.facts.things.items():
            place = fields.get("location")
            if typename(gid) == "InventoryLevel" and place and (there := self.loader.live(place.gid)):
                there.level_number = int(gid.rpartition("/")[2].partition("?")[0])

    def _load_for(self, step) -> bool:
        """Load what the step speaks of and what its answer shows, unless a replayed step made it.

        :return: whether it asks after something loaded that this answer is the first to tell of"""
        shown = gids(step.answer.get("data"))
        for gid in sorted(gids(step.variables) | shown):
            if gid not in self.pairs.theirs:
                self.loader.need(gid)
        return any(gid in self.loader.loaded and self.facts.told_at.get(gid) == step.index for gid in shown)

    def _believe(self, step):
        """A step that cannot be sent again happened all the same: it is played with a document of our own where that
        gives its answer; else its answer is the state after it."""
        if text := self.improvised.get(step.index):
            self._load_for(step)
            made = self._ask(text, step)
            if not compare(step.answer, made, self.pairs):
                return
            self.born -= gids(step.answer.get("data")) - set(self.pairs.theirs)
        told = Facts().take(step)
        for gid in told.things:
            self.loader.need(gid)
        self.loader.refresh(told)

    def _start(self):
        """The earliest moment that an answer shows as the making of something; the simulator's clock starts there."""
        times = [
            value
            for thing in self.facts.things.values()
            for name in ("createdAt", "updatedAt")
            if isinstance(value := thing.get(name), str)
        ]
        text = max(times, default="2026-06-01T00:00:00Z")
        return datetime.fromisoformat(text.replace("Z", "+00:00")).astimezone(timezone.utc)

    def _app_version(self):
        handles = (
            (thing.get("apiVersion") or {}).get("handle")
            for thing in self.facts.things.values()
            if isinstance(thing.get("apiVersion"), dict)
        )
        return next((handle for handle in handles if handle), self.scenario.version)

    def _name_shop(self):
        gid = next((gid for gid in self.facts.things if typename(gid) == "Shop"), None)
        if gid:
            self.shop.number = int(gid.rpartition("/")[2])
            self.shop.name = self.facts.of(gid).get("name") or self.shop.name
            self.shop.domain = self.facts.of(gid).get("myshopifyDomain") or self.shop.domain

    def _settings(self) -> dict:
        """The recorded shop: what its answers say of it."""
        told = next((fields for gid, fields in self.facts.things.items() if typename(gid) == "Shop"), {})
        return {
            "currency": told.get("currencyCode") or "CAD",
            "taxes_included": bool(told.get("taxesIncluded", False)),
            "timezone": told.get("ianaTimezone") or "America/Toronto",
            "country": "CA",
            "api_version": self.scenario.version,
            "app_version": self._app_version(),
            "app_number": self.app_number,
            "index_lag": _INDEX_LAG,
            "bulk_looks": 1,
        }
