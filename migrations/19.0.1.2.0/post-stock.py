"""Connected stores go on as they did, and lines from before Shopify's location stood on each of them get their order's."""

from odoo import SUPERUSER_ID, api

# Only where a store has one mapped location, and no line of the order says one: of several locations a line that is empty may
# be committed at two of them, and too few pieces offered are better than too many.
LINES = """
    UPDATE sale_order_line l SET shopify_location_id = o.shopify_location_id
    FROM sale_order o
    WHERE o.id = l.order_id AND l.shopify_line_id IS NOT NULL AND l.shopify_location_id IS NULL
      AND o.shopify_location_id IN (
          SELECT MIN(p.id) FROM shopify_location p
          WHERE p.is_active AND NOT COALESCE(p.is_fulfillment_service, FALSE)
            AND EXISTS (SELECT FROM shopify_location_stock_location_rel r WHERE r.shopify_location_id = p.id)
          GROUP BY p.store_id HAVING COUNT(*) = 1)
      AND NOT EXISTS (SELECT FROM sale_order_line other WHERE other.order_id = o.id AND other.shopify_location_id IS NOT NULL)
    RETURNING l.product_id, l.qty_delivered < l.product_uom_qty AND o.state <> 'cancel'"""


def migrate(cr, version):
    env = api.Environment(cr, SUPERUSER_ID, {})
    cr.execute("UPDATE shopify_store SET stock_decided = TRUE WHERE connected_at IS NOT NULL")
    # Not connected yet: as every new store, they send stock when somebody says so.
    cr.execute("UPDATE shopify_store SET push_stock = FALSE WHERE connected_at IS NULL")
    cr.execute("UPDATE shopify_call SET sent_at = create_date")
    cr.execute("UPDATE shopify_level SET foreign_to = on_hand, foreign_until = foreign_at WHERE foreign_at IS NOT NULL")
    env.flush_all()
    cr.execute(LINES)
    open_products = {product for product, is_open in cr.fetchall() if product and is_open}
    env.invalidate_all()
    env["shopify.job"]._mark_stock(product_ids=open_products)
