"""Metafields of the things that have them here: locations. Types are checked by name only."""

from .nodes import Node
from .roots import Refused, user_error

_MEASURED = (
    "antenna_gain area battery_charge_capacity battery_energy_capacity boolean capacitance color concentration "
    "data_storage_capacity data_transfer_rate date_time date dimension display_density distance duration "
    "electric_current electrical_resistance energy float frequency id illuminance inductance integer json_string json "
    "language link list.antenna_gain list.area list.battery_charge_capacity list.battery_energy_capacity list.boolean "
    "list.capacitance list.color list.concentration list.data_storage_capacity list.data_transfer_rate list.date_time "
    "list.date list.dimension list.display_density list.distance list.duration list.electric_current "
    "list.electrical_resistance list.energy list.frequency list.illuminance list.inductance list.link "
    "list.luminous_flux list.mass_flow_rate list.multi_line_text_field list.number_decimal list.number_integer "
    "list.power list.pressure list.rating list.resolution list.rotational_speed list.single_line_text_field "
    "list.sound_level list.speed list.temperature list.thermal_power list.url list.voltage list.volume "
    "list.volumetric_flow_rate list.weight luminous_flux mass_flow_rate money multi_line_text_field number_decimal "
    "number_integer power pressure rating resolution rich_text_field rotational_speed single_line_text_field "
    "sound_level speed string temperature thermal_power url voltage volume volumetric_flow_rate weight"
).split()
_POINTING = (
    "company customer product collection variant file product_taxonomy_value metaobject mixed page article order"
).split()
# In Shopify's own order, in which its refusal lists them.
TYPES = [*_MEASURED, *(f"{lead}{name}_reference" for name in _POINTING for lead in ("", "list."))]


class Metafield(Node):
    typename = "Metafield"

    def __init__(self, owner, given):
        super().__init__(owner.shop)
        self.owner, self.namespace, self.key = owner, given.get("namespace") or "custom", given["key"]
        self.type, self.value = given["type"], given["value"]


def get(owner, namespace, key):
    namespace = namespace or "custom"
    return next((m for m in owner.own_metafields if (m.namespace, m.key) == (namespace, key)), None)


def errors(owner, rows, path):
    """:raises Refused: for a blank key, which Shopify answers at the top level (recorded)"""
    known = len(owner.own_metafields) if owner else 0
    for index, row in enumerate(rows or ()):
        if not (row.get("key") or "").strip():
            raise Refused("key can't be blank", "INVALID_FIELD_ARGUMENTS")
        if row.get("type") and row["type"] not in TYPES:
            # Counted behind those that are there already (recorded).
            text = f"Type must be one of the following: {', '.join(TYPES)}."
            yield user_error([*path, str(known + index), "type"], text, "INVALID_TYPE")


def put(owner, rows):
    """Set what is given; a blank value sets nothing (recorded)."""
    for row in rows or ():
        known = get(owner, row.get("namespace"), row["key"])
        if not row.get("value"):
            continue
        if known:
            known.value, known.type = row["value"], row.get("type") or known.type
            known.touch()
        else:
            owner.own_metafields.append(Metafield(owner, {"type": "single_line_text_field", **row}))
