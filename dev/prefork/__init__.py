"""Real Odoo servers on databases of their own, for what one transaction cannot show (`tests/servers`, `dev/bench`).

`database` copies one and opens it here as well, `server` runs prefork processes on it, `scene` connects it to a simulated
shop. The environment is that of dev/common.sh: STATE, ODOO_*, PG*."""
