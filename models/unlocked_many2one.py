"""A Many2one whose record is not locked by each row that names it."""

from odoo import fields


class UnlockedMany2one(fields.Many2one):
    """A Many2one without a foreign key: PostgreSQL checks one by locking the other row, for every INSERT (decisions/0010).

    Fifty webhooks a second and everybody who validates a delivery would lock the same store. Whoever deletes the record that is
    named has to delete what names it.
    """

    def update_db_foreign_key(self, model, column):
        pass
