"""One Shopify store: how it is reached, whose company it is, what the user decided for it."""

import re
import secrets

from odoo import api, fields, models, tools
from odoo.exceptions import UserError, ValidationError
from odoo.tools import plaintext2html

# Source: Shopify's OAuth documentation gives this pattern for shop domains.
SHOP_DOMAIN = re.compile(r"[a-z0-9][a-z0-9-]*\.myshopify\.com")
# What each delivery, of a message or of goods, has to know: it is kept in the process.
DOOR = {"webhook_token", "shop_domain", "client_secret", "previous_client_secret", "company_id", "active"}
DOOR |= {"push_fulfillments"}


class ShopifyStore(models.Model):
    _name = "shopify.store"
    _description = "Shopify Store"
    # Each mixin is one subject of the store, in a file of its own.
    _inherit = [
        "mail.thread",
        "mail.activity.mixin",
        "shopify.store.binding",
        "shopify.store.dashboard",
        "shopify.store.health",
        "shopify.store.offer",
        "shopify.store.orders",
        "shopify.store.pause",
        "shopify.store.stock",
        "shopify.store.stock.check",
        "shopify.customer.policy",
    ]
    _check_company_auto = True
    _order = "name, id"

    name = fields.Char(required=True, tracking=True)
    active = fields.Boolean(default=True)
    color = fields.Integer()
    shop_domain = fields.Char(
        required=True,
        tracking=True,
        help="The store's own address at Shopify, like my-shop.myshopify.com (not the address customers use).",
    )
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, help="All its documents are made in here."
    )
    responsible_id = fields.Many2one(
        "res.users",
        default=lambda self: self.env.user,
        help="Gets an activity when something of this store waits for a person.",
    )

    # -- credentials ------------------------------------------------------------------------------
    grant = fields.Selection(
        [
            ("client_credentials", "App of the Dev Dashboard"),
            ("authorization_code", "App of another organization"),
            ("token", "Access token of a legacy custom app"),
        ],
        string="Access By",
        default="client_credentials",
        required=True,
        help="Since 2026 new apps are made in Shopify's Dev Dashboard and have a client id and secret. If the app "
        "belongs to another organization than the store, somebody who manages the store agrees in Shopify once. "
        "Custom apps made earlier in the shop's admin have an access token (shpat_…), shown once.",
    )
    client_id = fields.Char(string="Client ID", groups="shopify_sync.group_manager", copy=False)
    client_secret = fields.Char(
        groups="shopify_sync.group_manager",
        copy=False,
        exportable=False,
        help="Proves that a webhook comes from Shopify, and gets access tokens.",
    )
    previous_client_secret = fields.Char(
        groups="shopify_sync.group_manager",
        copy=False,
        exportable=False,
        help="While a secret is being rotated, Shopify may sign with the old one. Clear it when the rotation is over.",
    )
    access_token = fields.Char(groups="shopify_sync.group_manager", copy=False, exportable=False)
    access_ids = fields.One2many("shopify.access", "store_id", groups="shopify_sync.group_manager")
    access_token_expires_at = fields.Datetime(related="access_ids.expires_at", groups="shopify_sync.group_manager")
    webhook_token = fields.Char(
        groups="shopify_sync.group_manager",
        copy=False,
        exportable=False,
        default=lambda self: secrets.token_urlsafe(24),
        index=True,
    )
    granted_scopes = fields.Char(readonly=True, copy=False)
    missing_scopes = fields.Char(readonly=True, copy=False)
    lost_features = fields.Text(
        string="Cannot Work",
        readonly=True,
        copy=False,
        help="Features whose access scopes were not granted to the app.",
    )
    answering_version = fields.Char(
        string="API Version", readonly=True, copy=False, help="The version of Shopify's API that answers us."
    )
    version_ends_on = fields.Date(
        string="Version Supported Until", readonly=True, copy=False, help="From then on Shopify may retire our version."
    )
    version_warning = fields.Text(readonly=True, copy=False)

    # -- what Shopify said about itself -----------------------------------------------------------
    currency_id = fields.Many2one("res.currency", string="Shop Currency", readonly=True, copy=False)
    shop_timezone = fields.Char(readonly=True, copy=False)
    connected_at = fields.Datetime(readonly=True, copy=False)

    # -- policies ---------------------------------------------------------------------------------
    warehouse_id = fields.Many2one(
        "stock.warehouse",
        check_company=True,
        compute="_compute_warehouse_id",
        store=True,
        readonly=False,
        help="Ships the orders whose Shopify location feeds from no warehouse of its own.",
    )
    order_money = fields.Selection(
        [("shop", "The shop's currency"), ("presentment", "The customer's currency")],
        string="Orders In",
        default="shop",
        required=True,
    )
    team_id = fields.Many2one("crm.team", string="Sales Team", check_company=True)
    salesperson_id = fields.Many2one(
        "res.users", help="Salesperson of the imported orders. Empty: none, so that nobody is notified of each order."
    )
    rule_ids = fields.One2many("shopify.workflow.rule", "store_id", string="Workflow Rules")
    hold_high_risk = fields.Boolean(
        string="Hold High Fraud Risk",
        default=True,
        help="An order whose fraud risk is high is not delivered until somebody releases it.",
    )
    test_orders = fields.Selection(
        [("import", "Import like any other"), ("mark", "Import and mark"), ("ignore", "Ignore")],
        default="mark",
        required=True,
        help="Orders placed while the payment gateway is in test mode, which nobody pays for.",
    )
    tax_policy = fields.Selection(
        [("wait", "Wait until somebody chooses"), ("propose", "Take the only tax that fits, for review")],
        string="Unknown Taxes",
        default="wait",
        required=True,
        help="What an order does whose tax is not in the list of Shopify taxes yet. A tax fits by rate, country and whether the "
        "price includes it; where none or several do, the order waits.",
    )
    unknown_product = fields.Selection(
        [
            ("placeholder", "Import with a placeholder"),
            ("hold", "Hold until it is linked"),
            ("create", "Import, create the product"),
        ],
        string="Unknown Articles",
        default="placeholder",
        required=True,
        help="What happens with an order of an article that no Odoo product is linked to. A placeholder is replaced by the product "
        "as soon as it is linked.",
    )
    push_fulfillments = fields.Boolean(
        string="Send Deliveries to Shopify",
        default=True,
        help="A validated delivery becomes a fulfillment with tracking.",
    )
    notify_customer = fields.Boolean(
        string="Shopify E-mails the Customer",
        help="Shopify sends its shipping confirmation when a delivery is validated.",
    )

    # -- what belongs to it -----------------------------------------------------------------------
    location_ids = fields.One2many("shopify.location", "store_id", string="Locations")
    webhook_url = fields.Char(compute="_compute_webhook_url", groups="shopify_sync.group_manager")

    _shop_domain_uniq = models.UniqueIndex("(shop_domain)", "This Shopify store is already in the list.")
    _webhook_token_uniq = models.UniqueIndex("(webhook_token)", "Two stores cannot share one webhook address.")

    @api.constrains("shop_domain")
    def _check_shop_domain(self):
        for store in self:
            if not SHOP_DOMAIN.fullmatch(store.shop_domain or ""):
                raise ValidationError(
                    self.env._(
                        "“%(domain)s” is not the address of a Shopify store. Give the one that ends in .myshopify.com; "
                        "Shopify shows it under Settings → Domains.",
                        domain=store.shop_domain,
                    )
                )

    @api.depends("company_id")
    def _compute_warehouse_id(self):
        warehouses = self.env["stock.warehouse"].search([("company_id", "in", self.company_id.ids)])
        first = {}
        for warehouse in warehouses:
            first.setdefault(warehouse.company_id, warehouse)
        for store in self:
            if store.warehouse_id.company_id != store.company_id:
                store.warehouse_id = first.get(store.company_id, False)

    @api.depends("webhook_token")
    def _compute_webhook_url(self):
        base = self.env["ir.config_parameter"].sudo().get_param("web.base.url", "").rstrip("/")
        for store in self:
            store.webhook_url = f"{base}/shopify/webhook/{store.webhook_token}" if store.webhook_token else False

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            if vals.get("shop_domain"):
                vals["shop_domain"] = self._clean_domain(vals["shop_domain"])
        stores = super().create(vals_list)
        # sudo: the row that workers share is nobody's to write.
        self.env["shopify.access"].sudo().create([{"store_id": store.id} for store in stores])
        self.env["shopify.facet"]._create_known(stores)
        self.env["shopify.workflow.rule"]._create_defaults(stores)
        return stores

    def write(self, vals):
        if vals.get("shop_domain"):
            vals = dict(vals, shop_domain=self._clean_domain(vals["shop_domain"]))
        self._check_identity(vals)
        result = super().write(vals)
        if not DOOR.isdisjoint(vals):
            self.env.registry.clear_cache()
        if {"push_stock", "state", "active"} & vals.keys():
            self.env.registry.clear_cache()
            self.filtered(lambda store: store.push_stock and store.state == "connected")._mark_all_stock()
        return result

    def _check_identity(self, vals):
        """What was read from one shop, and its token, never meets another one, nor another company's books (DESIGN 2.6)."""
        for store in self.filtered("connected_at"):
            if vals.get("shop_domain", store.shop_domain) != store.shop_domain or (
                vals.get("company_id", store.company_id.id) != store.company_id.id
            ):
                raise UserError(
                    self.env._(
                        "%(store)s was connected already: its address and company stay. Add another store instead.",
                        store=store.name,
                    )
                )

    @api.model
    def _clean_domain(self, domain):
        """`https://My-Shop.myshopify.com/admin` as people paste it → `my-shop.myshopify.com`."""
        return re.sub(r"^https?://", "", domain.strip().lower()).split("/")[0]

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        # sudo: the orders of every salesperson count, not only those this manager may read.
        if self.env["sale.order"].sudo().search_count([("shopify_store_id", "in", self.ids)], limit=1):
            raise UserError(self.env._("A store that has orders cannot be deleted. Archive it instead."))

    @api.model
    def _refuse_secrets(self, records, paths):
        """No file holds a secret, not even a manager's (DESIGN 2.6). The list of fields to choose from has none either."""
        secrets_asked = [path[0] for path in paths if path and not records._fields[path[0].split(".")[0]].exportable]
        if secrets_asked:
            raise UserError(self.env._("Secrets are not exported: %(fields)s", fields=", ".join(secrets_asked)))

    def _export_rows(self, paths, **options):
        self._refuse_secrets(self, paths)
        return super()._export_rows(paths, **options)

    def unlink(self):
        self.env.registry.clear_cache()
        result = super().unlink()
        # No foreign key does it (see UnlockedMany2one), and there may be a million.
        self.env.cr.execute("DELETE FROM shopify_job WHERE store_id = ANY(%s)", [self.ids])
        self.env["shopify.job"].invalidate_model()
        return result

    # -- buttons ----------------------------------------------------------------------------------
    def action_connect(self):
        """Check the credentials, read locations, subscribe to webhooks, and queue the matching of the catalog."""
        self.ensure_one()
        self.check_access("write")
        if self.grant == "authorization_code" and self.state != "connected":
            return {"type": "ir.actions.act_url", "url": f"/shopify/oauth/start/{self.id}", "target": "self"}
        self.env["shopify.flow.connection"]._connect(self)
        return self._notification(
            self.env._("Connected to %(store)s", store=self.name),
            self.env._("Locations are listed below; articles are being matched by SKU."),
        )

    def action_match_catalog(self):
        self.ensure_one()
        self.check_access("read")
        self.env["shopify.job"]._enqueue("products_in", [{"store_id": self.id, "key": "catalog"}])
        return self._notification(
            self.env._("Matching the catalog"), self.env._("Shopify's variants are being read and linked by SKU.")
        )

    def _notification(self, title, message, kind="success"):
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": kind,
                "title": title,
                "message": message,
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    # -- business ---------------------------------------------------------------------------------
    @api.model
    def _by_webhook_token(self, token):
        try:
            return self.browse(self._id_of_webhook_token(token))
        except LookupError:
            return self.browse()

    @tools.ormcache("token")
    def _id_of_webhook_token(self, token):
        """:raises LookupError: for an unknown one, since an answer would be cached, and strangers guess"""
        return self.search([("webhook_token", "=", token or "")], limit=1).ids[0]

    @api.model
    def _by_domain(self, domain):
        return self.search([("shop_domain", "=", (domain or "").lower())], limit=1)

    @tools.ormcache("self.id")
    def _webhook_identity(self):
        """(domain, secrets): the current and the previous client secret, Shopify may sign with either during a rotation.

        Kept in the process, like the store's token: each delivery needs them, and nothing else of the store.
        """
        self.ensure_one()
        return self.shop_domain, [secret for secret in (self.client_secret, self.previous_client_secret) if secret]

    @tools.ormcache("self.id")
    def _sends_fulfillments(self):
        """Whether a delivery of goods concerns this store: a user who validates one waits for no query."""
        return self.push_fulfillments

    @api.model
    def _only(self, connected=False):
        """The only store of the companies somebody works in: nobody is asked which. Empty where there are several.

        :param connected: count those alone that were connected once
        """
        domain = [("company_id", "in", self.env.companies.ids)]
        stores = self.search([*domain, ("state", "!=", "draft")] if connected else domain, limit=2)
        return stores if len(stores) == 1 else self.browse()

    def _pricelists(self, currencies):
        """One price list per currency, for Shopify's orders alone: {currency: product.pricelist}.

        An order's currency comes from its price list. Ours are archived: an active one would turn the feature on for everybody.
        """
        self.ensure_one()
        Pricelist = self.env["product.pricelist"].with_context(active_test=False)
        wanted = currencies | {self.company_id.currency_id}
        name = "Shopify"
        found = Pricelist.search(
            [
                ("name", "=", name),
                ("active", "=", False),
                ("company_id", "=", self.company_id.id),
                ("currency_id", "in", [currency.id for currency in wanted]),
            ]
        )
        lists = {pricelist.currency_id: pricelist for pricelist in found}
        missing = [currency for currency in wanted if currency not in lists]
        created = Pricelist.create(
            [
                {"name": name, "active": False, "company_id": self.company_id.id, "currency_id": currency.id}
                for currency in missing
            ]
        )
        lists.update(zip(missing, created, strict=True))
        return lists

    def _alert_responsible(self, record, why):
        """One open activity on the record for whoever is responsible for the store."""
        self.ensure_one()
        user = self.responsible_id or self.env.ref("base.user_admin")
        summary = self.env._("Shopify: something waits for you")
        if record.activity_ids.filtered(lambda activity: activity.summary == summary and activity.user_id == user):
            return
        record.with_context(mail_activity_quick_update=True).activity_schedule(
            "mail.mail_activity_data_todo", summary=summary, note=plaintext2html(why or ""), user_id=user.id
        )

    def _mark_all_stock(self):
        """Every linked variant is to be sent again: a mapping or a policy changed."""
        if self:
            self.env["shopify.job"]._mark_stock(stores=self)
