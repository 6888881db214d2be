"""One step further than the order: its whole invoice, posted, must come to Shopify's figures as well."""

from decimal import Decimal

from odoo.exceptions import UserError
from odoo.tools import mute_logger

from .judgment import EQUAL, Verdict


def compare(env, verdicts: list[Verdict]) -> tuple[int, list[dict]]:
    """Invoice every confirmed order that is equal. The caller undoes the transaction.

    :return: (how many invoices were made, [{'file', 'why'}] of those that differ)
    """
    last = {}
    for verdict in verdicts:
        if verdict.outcome == EQUAL and verdict.state == "sale":
            last[verdict.sale_id] = verdict
    made, wrong = 0, []
    for sale_id, verdict in last.items():
        sale = env["sale.order"].browse(sale_id)
        if sale.state != "sale" or not any(sale.order_line.mapped("product_uom_qty")):
            continue  # cancelled by a later body, or everything was removed: there is nothing to invoice
        made += 1
        try:
            with env.cr.savepoint(), mute_logger("odoo.addons.account.models.account_move"):
                invoice = sale._create_invoices(grouped=True)
                invoice.action_post()
                found = tuple(
                    Decimal(f"{amount:.{invoice.currency_id.decimal_places}f}")
                    for amount in (invoice.amount_total, invoice.amount_tax)
                )
        except UserError as error:
            wrong.append({"file": verdict.file, "why": f"no invoice: {error.args[0]}"})
            continue
        if len(invoice) != 1 or found != verdict.shopify or invoice.currency_id.name != verdict.currency:
            why = "invoice of {} with {} taxes, charged {} with {}".format(*found, *verdict.shopify)
            wrong.append({"file": verdict.file, "why": why})
    return made, wrong
