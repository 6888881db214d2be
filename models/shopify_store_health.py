"""How a store is: what the last check found, what can be seen without asking Shopify, and the repairs."""

from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from .shopify_runner_cron import LANES

# The runners' poll comes each minute; whatever waits so long is not being worked on.
LATE = timedelta(minutes=10)
LATELY = timedelta(days=7)
RUNNERS, DAILY = "shopify_sync.cron_{}_{}", "shopify_sync.cron_check_access"


class ShopifyStoreHealth(models.AbstractModel):
    _name = "shopify.store.health"
    _description = "Health of a Shopify Store"

    finding_ids = fields.One2many("shopify.finding", "store_id", string="Findings", readonly=True)
    health = fields.Selection(
        [("ok", "Healthy"), ("warning", "Worth a look"), ("problem", "Has a problem")],
        compute="_compute_health",
        help="The worst that the last check of the connection found; it is repeated daily.",
    )
    checked_at = fields.Datetime(string="Last Checked", compute="_compute_health")
    problem_count = fields.Integer(compute="_compute_health")
    warning_count = fields.Integer(compute="_compute_health")
    is_unattended = fields.Boolean(
        compute="_compute_is_unattended", help="Odoo's scheduled actions do not run, so nothing of the queue is done."
    )

    @api.depends("finding_ids.severity", "state")
    def _compute_health(self):
        for store in self:
            findings = store.finding_ids
            store.problem_count = len(findings.filtered(lambda finding: finding.severity == "problem"))
            store.warning_count = len(findings.filtered(lambda finding: finding.severity == "warning"))
            store.checked_at = max(findings.mapped("checked_at"), default=False)
            health = "problem" if store.problem_count else "warning" if store.warning_count else "ok"
            # The daily check cannot tell that nothing is run: it would have to be run.
            if store.is_unattended:
                health = "problem"
            store.health = health if (findings or store.is_unattended) and store.state != "draft" else False

    def _compute_is_unattended(self):
        late = bool(self._late_crons())
        for store in self:
            store.is_unattended = late and store.state == "connected"

    # -- buttons ----------------------------------------------------------------------------------
    def action_check_connection(self):
        """Look at everything now, and show what was found."""
        self.ensure_one()
        self.check_access("write")
        self.env["shopify.flow.health_check"]._check_now(self)
        return self.action_open_health()

    def action_open_health(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Connection Check"),
            "res_model": "shopify.store",
            "res_id": self.id,
            "views": [(self.env.ref("shopify_sync.shopify_store_view_form_health").id, "form")],
            "target": "current",
        }

    def action_repair_webhooks(self):
        self.ensure_one()
        self.check_access("write")
        self.env["shopify.flow.connection"]._repair_webhooks(self)
        return self.action_check_connection()

    def action_switch_on_crons(self):
        self.check_access("write")
        # sudo: a manager of Shopify may run what Shopify needs, without Odoo's technical rights.
        self._own_crons().sudo().active = True
        return self.action_check_connection()

    def action_freeze_address(self):
        """Odoo's own switch, for whoever may set system parameters: an administrator's log-in no longer changes the address."""
        if not self.env.user.has_group("base.group_system"):
            raise UserError(self.env._("Ask an administrator to set the system parameter web.base.url.freeze to True."))
        self.env["ir.config_parameter"].set_param("web.base.url.freeze", "True")
        return self.action_check_connection()

    def action_open_settings(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "shopify.store",
            "res_id": self.id,
            "views": [(self.env.ref("shopify_sync.shopify_store_view_form").id, "form")],
        }

    def action_open_locations(self):
        return self._open("shopify_sync.shopify_location_action")

    def action_open_refusals(self):
        return self._open("shopify_sync.shopify_refusal_action", search_default_signature=1)

    def action_open_late_jobs(self):
        return self._open("shopify_sync.shopify_job_action", search_default_waiting=1)

    def action_open_access(self):
        """Until when the token lasts, and how many calls Shopify lets us make."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Access"),
            "res_model": "shopify.access",
            "res_id": self.access_ids[:1].id,
            "views": [(False, "form")],
        }

    # -- schedule ---------------------------------------------------------------------------------
    @api.model
    def _cron_check_access(self):
        """Daily: webhooks that Shopify deleted come back, then everything of every connected store is looked at."""
        stores = self.search([("state", "=", "connected")])
        jobs = self.env["shopify.job"]
        jobs._enqueue("connection", [{"store_id": store.id, "key": "connection"} for store in stores])
        jobs._enqueue("health_check", [{"store_id": store.id, "key": "health"} for store in stores])

    # -- what is seen from here -------------------------------------------------------------------
    @api.model
    def _own_crons(self):
        """The scheduled actions without which nothing works: the runners in use, and the daily check; also switched off ones."""
        runner = self.env["shopify.runner"]
        names = [RUNNERS.format(lane, number) for lane in LANES for number in range(runner._runner_count(lane))]
        found = (self.env.ref(name, raise_if_not_found=False) for name in [*names, DAILY])
        return self.env["ir.cron"].union(*(cron for cron in found if cron))

    @api.model
    def _late_crons(self):
        """Runners whose minute has long passed: no cron worker of Odoo takes them."""
        # sudo: everybody who sees a store may know that nothing of it is done.
        before = fields.Datetime.now() - LATE
        daily = self.env.ref(DAILY, raise_if_not_found=False) or self.env["ir.cron"]
        crons = (self._own_crons() - daily).sudo()
        return crons.filtered(lambda cron: cron.active and cron.nextcall and cron.nextcall < before)

    def _waiting_since(self):
        """When the oldest job came that could be worked on, if that is long ago; else False."""
        self.ensure_one()
        jobs = self.env["shopify.job"].search(
            [
                ("store_id", "=", self.id),
                ("state", "=", "pending"),
                ("not_before", "=", False),
                ("write_date", "<", fields.Datetime.now() - LATE),
            ],
            order="id",
            limit=50,
        )
        blocked = jobs._blocked_by()
        free = jobs.filtered(lambda job: job.id not in blocked and not self._why_waiting(job.flow))
        return free[:1].create_date

    def _refused_lately(self):
        """(number, day of the last) of the deliveries whose signature was wrong since the store was connected, at most a week."""
        self.ensure_one()
        since = max(fields.Datetime.now() - LATELY, self.connected_at or fields.Datetime.now() - LATELY)
        rows = self.env["shopify.refusal"].search(
            [("store_id", "=", self.id), ("status", "=", 401), ("write_date", ">", since)]
        )
        return sum(rows.mapped("count")), max(rows.mapped("write_date"), default=False)

    def _last_message_at(self):
        """When Shopify last told us something."""
        self.ensure_one()
        last = self.env["shopify.job"].search(
            [("store_id", "=", self.id), ("event_id", "!=", False)], order="id desc", limit=1
        )
        return last.create_date
