"""dev/fidelity's inside: recorded scenarios of a real Shopify, replayed against the simulator and compared."""
