# Sourced by the scripts of dev/: where things are, and how to speak to PostgreSQL and Odoo.
# Everything of ours lives in .dev/ (ignored by git); removing that folder undoes it all.

ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
STATE="$ROOT/.dev"
VENV="$STATE/venv"
ADDONS="$STATE/addons"
ADDON_LINK="$ADDONS/shopify_sync"
SCHEMA="$STATE/schema/admin_2026-10.json.gz"
TEMPLATE_DB="shopify_sync_template"
export ROOT STATE SCHEMA
# Bytecode is worth two seconds at each start of Odoo.
unset PYTHONDONTWRITEBYTECODE
export PYTHONPYCACHEPREFIX=""

say() { printf '\033[1m== %s\033[0m\n' "$*"; }
die() { printf '\033[31mdev: %s\033[0m\n' "$*" >&2; exit 1; }

# Odoo: the tree that dev/setup unpacked, or the checkout named by ODOO_HOME (kept for the next call).
load_odoo() {
    [ -n "${ODOO_HOME:-}" ] || { [ -f "$STATE/odoo_home" ] && ODOO_HOME="$(cat "$STATE/odoo_home")"; } || ODOO_HOME="$STATE/odoo"
    if [ -x "$ODOO_HOME/odoo-bin" ] || [ -f "$ODOO_HOME/odoo-bin" ]; then
        ODOO_BIN="$ODOO_HOME/odoo-bin"
        ODOO_LIB="$ODOO_HOME"
        ODOO_ADDONS="$ODOO_HOME/addons"
    else
        ODOO_BIN="$ODOO_HOME/usr/bin/odoo"
        ODOO_LIB="$ODOO_HOME/usr/lib/python3/dist-packages"
        ODOO_ADDONS="$ODOO_LIB/odoo/addons"
    fi
    export ODOO_HOME ODOO_BIN ODOO_LIB ODOO_ADDONS
}

# PostgreSQL: the server named by PGHOST (kept for the next call), or a private cluster in .dev/pg.
load_pg() {
    [ -f "$STATE/pg.env" ] || die "PostgreSQL is not set up yet: run dev/setup"
    # shellcheck disable=SC1091
    . "$STATE/pg.env"
    export PGHOST PGPORT PGUSER PGPASSWORD
}

# Run a program of PostgreSQL as somebody who is not root (PostgreSQL refuses root).
as_postgres() {
    if [ "$(id -u)" = 0 ]; then
        runuser -u postgres -- env -u PGHOST -u PGPORT -u PGUSER -u PGPASSWORD "$@"
    else
        "$@"
    fi
}

pg_bin() {
    local found
    found="$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1)"
    [ -n "$found" ] || found="$(dirname "$(command -v initdb 2>/dev/null)")"
    printf '%s' "$found"
}

# Start the private cluster if it is ours and not running.
start_pg() {
    load_pg
    if [ -n "${PG_PRIVATE:-}" ] && ! pg_ready; then
        (cd / && as_postgres "$(pg_bin)/pg_ctl" -D "$PG_DATA" -l "$PG_DATA/server.log" -w -t 60 start >/dev/null 9>&-) \
            || die "PostgreSQL did not start: read $PG_DATA/server.log"
    fi
    pg_ready || die "PostgreSQL does not answer at $PGHOST:$PGPORT: start it, or unset PGHOST and remove .dev/pg.env to use a private one"
}

pg_ready() { psql -d postgres -Atqc 'SELECT 1' >/dev/null 2>&1; }

has_db() { [ "$(psql -d postgres -Atqc "SELECT 1 FROM pg_database WHERE datname = '$1'")" = 1 ]; }

drop_db() {
    psql -d postgres -qc "DROP DATABASE IF EXISTS \"$1\" WITH (FORCE)" 2>/dev/null
    rm -rf "$STATE/filestore/filestore/$1"
}

# clone_db FROM TO: a copy of a database with its filestore and a uuid of its own.
clone_db() {
    drop_db "$2"
    psql -d postgres -qc "CREATE DATABASE \"$2\" TEMPLATE \"$1\" STRATEGY file_copy" || die "could not copy database $1 to $2"
    [ -d "$STATE/filestore/filestore/$1" ] && cp -al "$STATE/filestore/filestore/$1" "$STATE/filestore/filestore/$2"
    psql -d "$2" -qc "UPDATE ir_config_parameter SET value = gen_random_uuid()::text WHERE key = 'database.uuid'"
}

# odoo ARGS…: Odoo's command line with our paths and database server.
odoo() {
    "$VENV/bin/python" "$ODOO_BIN" "$@" --data-dir="$STATE/filestore" \
        --addons-path="$ODOO_ADDONS,$ADDONS" --db_host="$PGHOST" --db_port="$PGPORT" --db_user="$PGUSER" \
        --db_password="$PGPASSWORD"
}

# What changes the installed addon: a hash of every file that Odoo loads from it.
addon_fingerprint() {
    (cd "$ROOT" && { git ls-files -co --exclude-standard -- '*.py' '*.xml' '*.csv' '*.sql' '*.js' '*.scss' '*.graphql' ':!dev' ':!docs' ':!tests' 2>/dev/null \
        || find . -path ./.dev -prune -o -name '*.py' -print; } | LC_ALL=C sort | while read -r file; do
        [ -f "$file" ] && sha256sum "$file"; done | sha256sum | cut -d' ' -f1)
}
