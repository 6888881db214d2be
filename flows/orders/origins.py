"""Where an order came from and what was said with it: campaign, channel, staff, attributes, properties."""

from odoo import models
from odoo.tools import mute_logger

from ...commerce import attribution


class OrderOrigins(models.AbstractModel):
    _name = "shopify.orders.origins"
    _description = "Shopify Orders: Origins"

    def _resolve_origins(self, store, batch):
        """What the batch's orders name, looked up once: campaigns, staff and attributes.

        :param batch: list of (job, Order, Charges)
        :return: {'campaign' | 'source' | 'medium': {name in lower case: record}, 'staff': …, 'attributes': …}
        """
        orders = [one for _job, one, _charges in batch]
        origins = {
            name: self._resolve_utm(name, {utm[name] for utm in map(self._utm, orders) if name in utm})
            for name in ("campaign", "source", "medium")
        }
        origins["staff"] = self.env["shopify.staff"]._resolve(
            store, {one.staff_id: one.name or one.id for one in orders if one.staff_id}
        )
        met = {("order", name): value for one in orders for name, value in one.note_attributes}
        met.update({("line", name): value for one in orders for line in one.lines for name, value in line.properties})
        origins["attributes"] = self.env["shopify.attribute"]._resolve(store, met)
        return origins

    def _utm(self, one):
        return attribution.utm(one.landing_site)

    def _resolve_utm(self, kind, names):
        """{name in lower case: utm record}, made where it is new: Odoo compares these names without case."""
        if not names:
            return {}
        Model = self.env[f"utm.{kind}"].with_context(active_test=False)
        wanted = {name.casefold(): name for name in names}
        # Lower case on both sides needs SQL of its own for `in`; a handful of names, so an `ilike` each in one domain.
        domain = ["|"] * (len(wanted) - 1) + [("name", "=ilike", self._literal(name)) for name in wanted.values()]
        found = {record.name.casefold(): record for record in Model.search(domain)}
        missing = [key for key in wanted if key not in found]
        automatic = {"is_auto_campaign": True} if "is_auto_campaign" in Model._fields else {}
        with mute_logger("odoo.sql_db"):  # another runner may meet the same name right now: the batch is repeated
            created = Model.create([{"name": wanted[key], **automatic} for key in missing])
        return {**found, **dict(zip(missing, created, strict=True))}

    def _literal(self, name):
        """Without the signs that `ilike` reads as "anything"."""
        return name.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_")

    def _prepare_origin(self, one, origins):
        """Values of the sale.order. What the body does not carry is left out."""
        utm = self._utm(one)
        records = {name: origins[name].get(value.casefold()) for name, value in utm.items()}
        values = {f"{name}_id": record.id for name, record in records.items() if record}
        values.update(
            {
                "shopify_channel": one.source_name,
                "shopify_tags": ", ".join(one.tags) or False,
                "shopify_locale": one.locale,
                "shopify_payment_terms": one.payment_terms,
                "shopify_attributes": self.env["shopify.attribute"]._readable(one.note_attributes) or False,
            }
        )
        values = {name: value for name, value in values.items() if value}
        if one.po_number:
            values["client_order_ref"] = one.po_number  # what the customer calls it, and looks for on the invoice
        if salesperson := origins["staff"].get(one.staff_id):
            values["user_id"] = salesperson.id
        return {**values, **self._mapped(one, origins, "sale.order")[0]}

    def _mapped(self, one, origins, model):
        """({field: value}, remarks) that note attributes give a record of `model`."""
        pairs = dict(one.note_attributes)
        rows = self.env["shopify.attribute"].union(
            *(row for (scope, name), row in origins["attributes"].items() if scope == "order" and name in pairs)
        )
        return rows.filtered("field_id")._values(pairs, model)

    def _mapped_line(self, line, origins):
        """({field: value}, remarks) that a line's properties give its sale.order.line."""
        pairs = dict(line.properties)
        rows = self.env["shopify.attribute"].union(
            *(row for (scope, name), row in origins["attributes"].items() if scope == "line" and name in pairs)
        )
        return rows.filtered("field_id")._values(pairs, "sale.order.line")

    def _prepare_line_origin(self, line, origins):
        """Values of a sale.order.line: what the customer had engraved, chosen or subscribed to."""
        values, _remarks = self._mapped_line(line, origins)
        readable = self.env["shopify.attribute"]._readable(line.properties)
        return {
            **({"shopify_properties": readable} if readable else {}),
            **({"shopify_selling_plan": line.selling_plan} if line.selling_plan else {}),
            **values,
        }

    def _add_line_origins(self, lines, one, charges, origins):
        """Put onto the prepared lines what their customers said of them; it stands on all papers below the article."""
        by_id = {line.id: line for line in one.lines}
        for values, charge in zip(lines, charges.lines, strict=True):
            line = by_id.get(charge.line_id) if charge.kind in ("product", "gift_card") else None
            if line is None:
                continue
            said = self._prepare_line_origin(line, origins)
            notes = [said.get("shopify_selling_plan"), said.get("shopify_properties")]
            values["name"] = "\n".join(filter(None, [values["name"], *notes]))
            values.update({name: value for name, value in said.items() if name != "name"})

    def _write_on_deliveries(self, sales, read, origins):
        """What attributes say of a delivery; equal values are written once for all that have them.

        :return: {job: what of all attributes of the order and its lines does not fit the field it is for}
        """
        remarks, groups = {}, {}
        for job, sale in sales.items():
            one, _charges = read[job]
            words = self._mapped(one, origins, "sale.order")[1]
            values, more = self._mapped(one, origins, "stock.picking")
            more += [word for line in one.lines for word in self._mapped_line(line, origins)[1]]
            if words + more:
                remarks[job] = " ".join(dict.fromkeys(words + more))
            if values and sale.picking_ids:
                key = tuple(sorted(values.items()))
                groups[key] = groups.get(key, self.env["stock.picking"]) | sale.picking_ids
        for values, pickings in groups.items():
            pickings.write(dict(values))
        return remarks
