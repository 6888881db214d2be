"""What dev/replay does: bodies.py reads the folder, scenery.py prepares the store, delivery.py sends and waits,
judgment.py compares each file with Shopify's own figures, invoices.py goes on to the invoice, report.py says it."""
