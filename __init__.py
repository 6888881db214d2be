from . import controllers, flows, models, wizards


def uninstall_hook(env):
    """Odoo drops our tables itself, but not the sequences that count the runs of the runners."""
    env["shopify.runner"]._drop_epochs()
    env["shopify.buyer"]._drop_newcomers()
