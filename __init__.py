from . import controllers, flows, models, wizards


def uninstall_hook(env):
    """What Odoo does not remove by itself: our webhooks in Shopify, and what we have in PostgreSQL beside tables of models."""
    env["shopify.flow.connection"]._leave_all()
    env["shopify.runner"]._drop_epochs()
    env["shopify.runner"]._drop_notes()
    env["shopify.newcomer"]._drop()
