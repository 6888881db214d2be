"""What a store decides about customers: how they are found, who wins where both sides say something, what is sent back."""

from odoo import fields, models

WINS = [
    ("fill", "Shopify fills what is empty"),
    ("shopify", "Shopify wins"),
    ("odoo", "Odoo wins"),
]
HELP = (
    "Shopify fills what is empty: what stands in Odoo stays, and a difference is shown. Shopify wins: it is replaced. "
    "Odoo wins: nothing is taken over from Shopify, not even into an empty field."
)


class ShopifyCustomerPolicy(models.AbstractModel):
    _name = "shopify.customer.policy"
    _description = "A Shopify store's decisions about customers"

    customer_match_phone = fields.Boolean(
        string="Find Customers by Phone Too",
        help="Whoever is found neither by the link nor by e-mail is looked up by phone number. Leave it off where "
        "families or offices share a number.",
    )
    make_customers = fields.Boolean(
        string="Make Contacts Before the First Order",
        default=True,
        help="A customer who registers in Shopify becomes a contact at once. Off: with the first order; those whose e-mail is "
        "known in Odoo are linked anyway.",
    )
    anonymous_customer = fields.Selection(
        [("own", "A contact for each order"), ("default", "The default customer of the country")],
        string="Orders Without a Customer",
        default="own",
        required=True,
        help="Orders that name neither a customer nor an e-mail nor a phone number, as at the point of sale.",
    )
    default_customer_ids = fields.One2many("shopify.default.customer", "store_id", string="Default Customers")
    customer_name_wins = fields.Selection(WINS, string="Customer Name", default="fill", required=True, help=HELP)
    customer_email_wins = fields.Selection(WINS, string="Customer E-mail", default="fill", required=True, help=HELP)
    customer_phone_wins = fields.Selection(WINS, string="Customer Phone", default="fill", required=True, help=HELP)
    customer_address_wins = fields.Selection(WINS, string="Customer Address", default="fill", required=True, help=HELP)
    customer_lang_wins = fields.Selection(WINS, string="Customer Language", default="fill", required=True, help=HELP)
    customer_tags_wins = fields.Selection(
        WINS,
        string="Customer Tags",
        default="fill",
        required=True,
        help="Shopify fills what is empty: its tags are added. Shopify wins: tags removed there are removed here too. "
        "Odoo wins: no tag is taken over.",
    )
    exempt_fiscal_position_id = fields.Many2one(
        "account.fiscal.position",
        string="Tax-Exempt Customers Get",
        check_company=True,
        help="Fiscal position of contacts that are exempt from tax in Shopify and have none yet. It rules what is sold to "
        "them in Odoo; orders from Shopify keep Shopify's taxes.",
    )
    push_customers = fields.Boolean(
        string="Send Customers to Shopify",
        help="Name, e-mail, phone, address and tags of linked contacts travel to Shopify when they are changed in Odoo.",
    )

    def _who_wins(self, group):
        """'fill', 'shopify' or 'odoo' for a group of fields: name, email, phone, address, lang, tags."""
        self.ensure_one()
        return self[f"customer_{group}_wins"]

    def _default_customer(self, country):
        """The default customer for buyers of this country, else the one for all others, else none."""
        self.ensure_one()
        lines = self.default_customer_ids
        line = lines.filtered(lambda one: country and one.country_id == country) or lines.filtered(
            lambda one: not one.country_id
        )
        return line[:1].partner_id
