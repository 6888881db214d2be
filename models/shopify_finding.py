"""What the last check of a store's connection found, one row for each thing it looks at.

Stored and not a wizard's: the daily job writes the same rows as the button, so that the dashboard shows how a store is without
asking Shopify, a colleague reads what was found yesterday, and what is new can be told from what was known. Rows of their own,
because the store's row is read by every runner, and who writes it makes them fail to serialize.
"""

from typing import NamedTuple

from odoo import api, fields, models

CHECKS = [
    ("holds", "Pauses"),
    ("credentials", "Credentials"),
    ("scopes", "Access Scopes"),
    ("version", "API Version"),
    ("webhooks", "Webhooks"),
    ("refusals", "Refused Messages"),
    ("address", "Public Address"),
    ("databases", "Databases"),
    ("clock", "Clock"),
    ("crons", "Scheduled Actions"),
    ("locations", "Locations"),
    ("stock", "Stock"),
    ("responsible", "Responsible"),
]
SEVERITIES = [("problem", "Problem"), ("warning", "Warning"), ("ok", "OK")]
# A finding's button: the store's method, and what it says.
REPAIRS = [
    ("action_resume", "Resume"),
    ("action_resume_in", "Resume What Comes In"),
    ("action_resume_out", "Resume What Goes Out"),
    ("action_allow_writing", "Allow Writing"),
    ("action_open_settings", "Open Settings"),
    ("action_repair_webhooks", "Repair Webhooks"),
    ("action_open_refusals", "Show Refused Messages"),
    ("action_freeze_address", "Keep This Address"),
    ("action_switch_on_crons", "Switch On"),
    ("action_open_late_jobs", "Show the Queue"),
    ("action_open_locations", "Choose Locations"),
]


class Finding(NamedTuple):
    """:param check, severity, repair: keys of the lists above; `what` is found and `todo` about it are sentences"""

    check: str
    severity: str
    what: str
    todo: str = ""
    repair: str = ""


class ShopifyFinding(models.Model):
    _name = "shopify.finding"
    _description = "Connection Check"
    _order = "store_id, rank, id"
    _rec_name = "check_name"

    store_id = fields.Many2one("shopify.store", required=True, readonly=True, ondelete="cascade")
    company_id = fields.Many2one(related="store_id.company_id", store=True, index=True)
    check_name = fields.Selection(CHECKS, string="Looked At", required=True, readonly=True)
    severity = fields.Selection(SEVERITIES, required=True, readonly=True)
    rank = fields.Integer(required=True, readonly=True, help="The worst first, then as the checks are listed.")
    what = fields.Text(string="Found", required=True, readonly=True)
    todo = fields.Text(string="What to Do", readonly=True)
    repair = fields.Selection(REPAIRS, readonly=True)
    repair_label = fields.Char(compute="_compute_repair_label")
    since = fields.Datetime(required=True, readonly=True, help="Since then it has been as good or bad as it is.")
    checked_at = fields.Datetime(string="Last Looked At", required=True, readonly=True)

    _check_uniq = models.UniqueIndex("(store_id, check_name)", "A store has one finding for each check.")

    @api.depends("repair")
    def _compute_repair_label(self):
        labels = dict(self._fields["repair"]._description_selection(self.env))
        for finding in self:
            finding.repair_label = labels.get(finding.repair, "")

    @api.model
    def _note(self, store, findings):
        """Replace what was found at a store. Returns the problems that were none before, as records."""
        now = fields.Datetime.now()
        severities, checks = ([key for key, _label in labels] for labels in (SEVERITIES, CHECKS))
        known = {row.check_name: row for row in self.search([("store_id", "=", store.id)])}
        new, worse, create = [], self.browse(), []
        for found in findings:
            row = known.pop(found.check, self.browse())
            values = {
                "severity": found.severity,
                "rank": severities.index(found.severity) * 100 + checks.index(found.check),
                "what": found.what,
                "todo": found.todo or False,
                "repair": found.repair or False,
                "checked_at": now,
            }
            is_new_problem = found.severity == "problem" and row.severity != "problem"
            if row:
                if row.severity != found.severity:
                    values["since"] = now
                row.write(values)  # a dozen rows; the ORM sends them together
                worse |= row if is_new_problem else self.browse()
            else:
                create.append({**values, "store_id": store.id, "check_name": found.check, "since": now})
                new.append(is_new_problem)
        for row, is_new_problem in zip(self.create(create), new, strict=True):
            worse |= row if is_new_problem else self.browse()
        # What could not be looked at this time is not known any more.
        self.browse().union(*known.values()).unlink()
        return worse

    def action_repair(self):
        """The finding's button: the store's method of this name, which checks the rights."""
        self.ensure_one()
        if self.repair not in dict(REPAIRS):
            return False
        return getattr(self.store_id, self.repair)()
