"""Which database a store belongs to: a copy of the database writes nothing until a manager confirms it (DESIGN 2.8)."""

from odoo import api, fields, models


class ShopifyStoreBinding(models.AbstractModel):
    _name = "shopify.store.binding"
    _description = "Binding of a Shopify Store to a Database"

    bound_to = fields.Char(
        groups="shopify_sync.group_manager",
        readonly=True,
        copy=False,
        help="The database this store was connected from. A copy of the database writes nothing until a manager "
        "confirms it.",
    )

    def action_confirm_copy(self):
        """A manager says that this database, though a copy, is the one that shall talk to the store."""
        self.check_access("write")
        self.write({"bound_to": self._database_identity(), "state": "connected", "pause_reason": False})
        self.env["shopify.runner"]._wake_all_after_commit()

    @api.model
    def _database_identity(self):
        """What tells this database from its copies: a dump keeps the uuid, a file copy keeps the name (DESIGN 2.8)."""
        uuid = self.env["ir.config_parameter"].sudo().get_param("database.uuid")
        system = ""
        with self.env.cr.savepoint(flush=False):
            self.env.cr.execute("SELECT has_function_privilege('pg_control_system()', 'execute')")
            if self.env.cr.fetchone()[0]:
                self.env.cr.execute("SELECT system_identifier::text FROM pg_control_system()")
                system = self.env.cr.fetchone()[0]
        return f"{uuid}/{self.env.cr.dbname}/{system}"

    def _pause_copies(self):
        """Stores of a copied database stop until a manager confirms. Returns the stores that may talk to Shopify."""
        identity = self._database_identity()
        copies = self.filtered(lambda store: store.bound_to and store.bound_to != identity)
        copies.filtered(lambda store: store.state != "copied").write(
            {
                "state": "copied",
                "pause_reason": self.env._(
                    "This database is a copy: nothing is sent to Shopify until a manager confirms."
                ),
            }
        )
        return self - copies
