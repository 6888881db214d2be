"""What no log may hold: a secret of a store, also where Odoo logs its own doings (SQL, calls of a form, failing rows).

By a filter, not by discipline, as in Odoo's payment addons.
"""

import logging
import re

from odoo import models

# These log statements, arguments or tracebacks, wherever they came from.
LOGGERS = (
    "odoo.sql_db",
    "odoo.service.model",
    "odoo.http",
    "odoo.addons.base.models.ir_cron",
    "odoo.addons.rpc.controllers.xmlrpc",
    "odoo.models",
    # Who knocked: each request's line, of the threaded and prefork servers, and of the gevent one.
    "werkzeug",
    "longpolling",
    "odoo.addons.http_routing.models.ir_http",
)
# Whatever Shopify issues by now (shpat_ tokens, shpss_ secrets …), and the columns that hold anything older.
_ISSUED = re.compile(r"shp[a-z]{2,3}_\w+")
_NAMES = re.compile(r"client_secret|access_token|refresh_token|oauth_nonce|shopify_store\b|shopify_access\b")
_LITERAL = re.compile(r"'(?:[^'\\]|''|\\.)*'|\"(?=[^\"]*[^\"\w])[^\"]*\"", re.DOTALL)
# A webhook's address holds the token by which the store is found, the way back from Shopify's consent a code and its signature.
_DOORS = re.compile(r"(shopify(?:/|%2f)+(?:webhook(?:/|%2f)+|oauth[^\s\"'?]*\?))[^\s\"']+", re.IGNORECASE)
_ROW = re.compile(r"(Failing row contains ).*", re.DOTALL)


def masked(text):
    """The text without anything that could be a secret; as it was where it cannot hold one."""
    text = _DOORS.sub(r"\1…", _ISSUED.sub("shp…", text))
    if not _NAMES.search(text):
        return text
    return _LITERAL.sub("'…'", _ROW.sub(r"\1(…)", text))


class _Unspoken(logging.Filter):
    def filter(self, record):
        told = record.getMessage()
        kept = masked(told)
        if kept != told:
            record.msg, record.args = kept, None
        if record.exc_info and not record.exc_text:
            trace = logging.Formatter().formatException(record.exc_info)
            # A traceback shows code, which names the columns; only what an error said of the data is taken out.
            kept = _DOORS.sub(r"\1…", trace)
            kept = _ISSUED.sub("shp…", _ROW.sub(r"\1(…)", kept) if _NAMES.search(trace) else kept)
            if kept != trace:
                record.exc_text = kept
        return True


_unspoken = _Unspoken()


class IrLogging(models.Model):
    _inherit = "ir.logging"

    def _register_hook(self):
        super()._register_hook()
        for name in LOGGERS:
            logging.getLogger(name).addFilter(_unspoken)  # the same filter twice is there once
