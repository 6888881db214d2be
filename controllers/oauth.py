"""The way to Shopify's consent and back, for an app of another organization than the store's.

The manager leaves with a signed state, agrees in Shopify, and comes back with a code that is exchanged for tokens.
"""

from odoo import http
from odoo.exceptions import UserError
from odoo.http import request

from ..shopify_api import auth

CALLBACK = "/shopify/oauth/callback"


class OauthController(http.Controller):
    @http.route(
        "/shopify/oauth/start/<int:store_id>", type="http", auth="user", methods=["GET"], readonly=False, sitemap=False
    )
    def start(self, store_id, **_unused):
        """302 to Shopify · 404 for a store that is not this manager's, or does not connect in this way."""
        store = request.env["shopify.store"].browse(store_id).exists()
        if not store or not store.has_access("write") or store.grant != "authorization_code":
            raise request.not_found()
        if not store.client_id or not store.client_secret:
            return self._say(request.env._("Enter the app's client id and secret, save, and connect again."), 400)
        url = auth.authorize_url(
            store.shop_domain,
            store.client_id,
            self._callback_url(),
            request.env["shopify.access"]._begin_oauth(store),
            endpoint=request.env["shopify.flow"].sudo()._override(store),  # sudo: reads a parameter
        )
        return request.redirect(url, code=302, local=False)

    @http.route(CALLBACK, type="http", auth="user", methods=["GET"], readonly=False, sitemap=False)
    def callback(self, state="", **_unused):
        """303 to the connected store · 403 not from Shopify, or a state that was used or is another's · 400 Shopify said no."""
        store = request.env["shopify.access"]._end_oauth(state).exists()
        if not store or not store.has_access("write"):
            return self._say(request.env._("This way back to Odoo was used already, or was not begun by you."), 403)
        query = request.httprequest.query_string.decode("ascii", "replace")
        try:
            domain, secrets = store._webhook_identity()
            code = auth.read_callback(query, secrets, domain, state)
        except auth.Refused as refused:
            reason = request.env._("Shopify's answer is not accepted: %(reason)s.", reason=refused.reason)
            return self._say(reason, 403)
        try:
            request.env["shopify.flow.connection"]._connect_by_code(store, code)
        except UserError as error:
            return self._say(error.args[0], 400)
        return request.redirect(f"/odoo/shopify/{store.id}")

    def _callback_url(self):
        # sudo: the public address is a parameter, which managers of stores may not read.
        base = request.env["ir.config_parameter"].sudo().get_param("web.base.url", "")
        return base.rstrip("/") + CALLBACK

    def _say(self, words, status):
        """A page of plain text: whoever came back by hand or by accident reads what to do."""
        headers = [("Content-Type", "text/plain; charset=utf-8")]
        return request.make_response(words, headers=headers, status=status)
