from . import controllers, flows, models, wizards


def uninstall_hook(env):
    """What Odoo does not remove by itself: our webhooks in Shopify, and the sequences that count the runs of the runners."""
    env["shopify.flow.connection"]._leave_all()
    env["shopify.runner"]._drop_epochs()
    env["shopify.newcomer"]._drop()
