"""A note attribute or line property that a store's orders carry, and the Odoo field it goes into. The list fills itself."""

from datetime import datetime, timezone

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import mute_logger

TARGETS = {"order": ("sale.order", "stock.picking"), "line": ("sale.order.line",)}
# What a text of a customer can become.
TYPES = ("char", "text", "html", "integer", "float", "boolean", "date", "datetime", "selection", "many2one")
# Names beginning with an underscore are hidden from customers in Shopify: technical, and not for papers.
HIDDEN = "_"
YES = {"1", "yes", "true", "on", "y"}
# What fits into an integer column, and what a double counts without losing pieces.
MOST, MOST_EXACT = 2**31 - 1, 2**53
# A buyer can type a name of any length into a form, and PostgreSQL's index takes 2,700 bytes.
LONGEST_NAME = 255


class ShopifyAttribute(models.Model):
    _name = "shopify.attribute"
    _description = "Shopify Order Attribute"
    _order = "store_id, scope, name"

    store_id = fields.Many2one("shopify.store", required=True, index=True, ondelete="cascade", readonly=True)
    company_id = fields.Many2one(related="store_id.company_id", store=True, index=True)
    scope = fields.Selection([("order", "The order"), ("line", "A line")], string="Of", required=True, readonly=True)
    name = fields.Char(string="Name in Shopify", required=True, readonly=True)
    example = fields.Char(readonly=True, help="The first value met.")
    field_id = fields.Many2one(
        "ir.model.fields",
        string="Odoo Field",
        ondelete="cascade",
        domain="[('model', 'in', ('sale.order', 'stock.picking') if scope == 'order' else ('sale.order.line',)), "
        "('ttype', 'in', ('char', 'text', 'html', 'integer', 'float', 'boolean', 'date', 'datetime', 'selection', 'many2one')),"
        "('store', '=', True), ('readonly', '=', False)]",
        help="The value is written there on the orders that come from now on.",
    )
    date_format = fields.Selection(
        [("iso", "2026-12-24"), ("dmy", "24/12/2026 or 24.12.2026"), ("mdy", "12/24/2026"), ("ymd", "2026/12/24")],
        string="Dates Look Like",
        default="iso",
        required=True,
    )

    _name_uniq = models.Constraint("UNIQUE(store_id, scope, name)", "This attribute is already in the list.")

    @api.constrains("field_id")
    def _check_field_id(self):
        for one in self.filtered("field_id"):
            field = one.field_id
            if field.model not in TARGETS[one.scope] or field.ttype not in TYPES or not field.store or field.readonly:
                raise ValidationError(
                    self.env._("“%(field)s” cannot be filled from an attribute.", field=field.field_description)
                )
            if field.name.startswith("shopify_") or field.name in self._protected():
                raise ValidationError(
                    self.env._(
                        "“%(field)s” decides about amounts, company or stock: an attribute that customers can type "
                        "must not change it.",
                        field=field.field_description,
                    )
                )

    @api.model
    def _protected(self):
        """Fields that no customer's words may touch."""
        return {
            "id", "active", "name", "state", "locked", "company_id", "currency_id", "pricelist_id", "partner_id",
            "partner_invoice_id", "partner_shipping_id", "fiscal_position_id", "payment_term_id", "warehouse_id", "journal_id",
            "picking_type_id", "location_id", "location_dest_id", "sale_id", "group_id", "order_id", "product_id",
            "product_uom_id", "product_uom_qty", "price_unit", "technical_price_unit", "discount", "require_payment",
            "require_signature", "prepayment_percent", "owner_id", "user_id", "access_token", "invoice_status",
        }  # fmt: skip

    # -- meeting them -----------------------------------------------------------------------------
    @api.model
    def _resolve(self, store, met):
        """{(scope, name): record} of what a batch carries; new ones are added to the list.

        :param met: {(scope, name): a value}
        """
        met = {key: value for key, value in met.items() if len(key[1]) <= LONGEST_NAME}
        known = {
            (one.scope, one.name): one
            for one in self.search([("store_id", "=", store.id), ("name", "in", list({name for _scope, name in met}))])
        }
        missing = [key for key in met if key not in known]
        with mute_logger("odoo.sql_db"):  # another runner may meet the same name right now: the batch is repeated
            created = self.create(
                [
                    {"store_id": store.id, "scope": scope, "name": name, "example": (met[scope, name] or "")[:200]}
                    for scope, name in missing
                ]
            )
        return {**known, **dict(zip(missing, created, strict=True))}

    def _values(self, pairs, model):
        """({field: value}, [sentences about values that do not fit]) for a record of `model`.

        :param self: the attributes of one scope that are mapped to a field
        :param pairs: {name: text} as the order carries them
        """
        values, remarks = {}, []
        for one in self.filtered(lambda one: one.field_id.model == model and one.name in pairs):
            try:
                values[one.field_id.name] = one._converted(pairs[one.name])
            except ValueError:
                remarks.append(
                    self.env._(
                        "“%(name)s” is “%(value)s”, which does not fit into %(field)s.",
                        name=one.name,
                        value=pairs[one.name],
                        field=one.field_id.field_description,
                    )
                )
        return values, remarks

    def _converted(self, text):
        """The text as a value of the field. Raises ValueError when it is none."""
        text = (text or "").strip()
        kind = self.field_id.ttype
        if kind in ("char", "text", "html"):
            return text
        if not text:
            return False
        if kind == "integer":
            return self._within(int(text), MOST)
        if kind == "float":
            return self._within(float(text.replace(",", ".")), MOST_EXACT)
        if kind == "boolean":
            return text.casefold() in YES
        if kind in ("date", "datetime"):
            return self._moment(text, kind)
        if kind == "selection":
            return self._selected(text)
        return self._named(text)

    def _within(self, number, most):
        """Neither a number that PostgreSQL refuses, nor one that is none ("nan")."""
        if not abs(number) <= most:
            raise ValueError(number)
        return number

    def _moment(self, text, kind):
        if self.date_format == "iso":
            moment = datetime.fromisoformat(text)
        else:
            order = {"dmy": "%d/%m/%Y", "mdy": "%m/%d/%Y", "ymd": "%Y/%m/%d"}[self.date_format]
            day, _space, clock = text.replace(".", "/").replace("-", "/").partition(" ")
            moment = datetime.strptime(day, order)
            if clock:
                moment = datetime.combine(moment.date(), datetime.strptime(clock.strip(), "%H:%M").time())
        if moment.tzinfo:
            moment = moment.astimezone(timezone.utc).replace(tzinfo=None)
        return moment.date() if kind == "date" else moment

    def _selected(self, text):
        choices = self.env[self.field_id.model]._fields[self.field_id.name]._description_selection(self.env)
        for value, label in choices:
            if text.casefold() in (str(value).casefold(), str(label).casefold()):
                return value
        raise ValueError(text)

    def _named(self, text):
        """A record of exactly this name; none is made."""
        found = self.env[self.field_id.relation].name_search(text, operator="=", limit=2)
        if len(found) != 1:
            raise ValueError(text)
        return found[0][0]

    @api.model
    def _readable(self, pairs):
        """{name: value} as lines for a person; technical ones are left out."""
        return "\n".join(f"{name}: {value}" for name, value in pairs if not name.startswith(HIDDEN) and value)

    def _was_told(self, said):
        """Whether it is among these lines of `_readable`. A technical one may have been: those are written down nowhere."""
        told = (said or "").splitlines()
        return self.name.startswith(HIDDEN) or any(line.startswith(f"{self.name}: ") for line in told)
