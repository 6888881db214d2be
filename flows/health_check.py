"""How a connection is: everything that must be right for it, each looked at, with what to do about what is not.

Path: button, daily → here → shopify.finding; a new problem → chatter, one activity. Key: "health". Repeating it is harmless: what
was found is replaced, and a problem is told when it is new.
"""

from urllib.parse import urlsplit

from odoo import fields, http, models
from odoo.tools import config, format_datetime, plaintext2html

from ..models.shopify_finding import Finding
from ..shopify_api import VERSION, errors, public_address

# Seconds that our clock may differ from Shopify's: the consent to an app and tokens are valid by the clock.
CLOCK = 60
TOLD_BY_ACCESS_CHECK = {"scopes", "version"}


class HealthCheckFlow(models.AbstractModel):
    _name = "shopify.flow.health_check"
    _inherit = "shopify.flow"
    _description = "Connection Check"

    _direction = "both"
    _lane = "slow"
    _priority = 25  # after the daily repair of webhooks
    _coalesces = True

    def _key(self, topic, body):
        return "health"

    def _run(self, store, jobs):
        findings = [*self._look_at_shopify(store, by_job=True), *self._look_at_odoo(store, by_job=True)]
        worse = self.env["shopify.finding"]._note(store, findings)
        if worse:
            lines = "\n".join(finding.what for finding in worse)
            words = self.env._(
                "The connection of %(store)s has a new problem:\n%(lines)s", store=store.name, lines=lines
            )
            store._alert_responsible(store, words)
            if set(worse.mapped("check_name")) - TOLD_BY_ACCESS_CHECK:
                store.message_post(body=plaintext2html(words))

    def _check_now(self, store):
        """The same, inside the request of the manager who pressed the button (and reads what was found)."""
        flow = self.with_context(shopify_allow_http=True).sudo()
        # sudo: the manager's right was checked by the button; findings are the engine's to write
        store = store.with_context(shopify_allow_http=True).sudo()
        findings = [*flow._look_at_shopify(store, by_job=False), *flow._look_at_odoo(store, by_job=False)]
        flow.env["shopify.finding"]._note(store, findings)

    # -- what Shopify says ------------------------------------------------------------------------
    def _look_at_shopify(self, store, *, by_job):
        if store != store._pause_copies() or store.state == "draft":
            return []  # `holds` says why; the shop is not spoken to
        try:
            answer = self._client(store).execute("connection")
            found = [
                self._credentials(store, answer),
                *self._permissions(store, answer),
                self._clock(answer),
                self._webhooks(store),
            ]
        except errors.ShopifyError as error:
            if by_job and (error.retryable or self._closes(error)):
                raise  # the job is repeated, or pauses the store, as any job is
            return [self._no_answer(store, error)]
        return found

    def _closes(self, error):
        return isinstance(error, (errors.Unauthorized, errors.PaymentRequired, errors.Locked))

    def _no_answer(self, store, error):
        if self._closes(error):
            return Finding(
                "credentials",
                "problem",
                self._why_closed(error),
                self.env._(
                    "Compare client id and secret (or the access token) with the app's at Shopify, see that the app is still "
                    "installed in the shop, then press “Connect Again”. Shopify said: %(reason)s",
                    reason=str(error),
                ),
                "action_open_settings",
            )
        return Finding(
            "credentials",
            "warning" if error.retryable else "problem",
            self.env._("Shopify could not be asked: %(reason)s", reason=str(error)),
            self.env._("Try again in a few minutes. If it stays, see whether this server may open https connections.")
            if error.retryable
            else self.env._("Read what Shopify said, and connect again when that is mended."),
        )

    def _credentials(self, store, answer):
        shop = answer.data["shop"]
        if shop["myshopifyDomain"] != store.shop_domain:
            return Finding(
                "credentials",
                "problem",
                self.env._("The credentials are those of %(domain)s, another store.", domain=shop["myshopifyDomain"]),
                self.env._("Enter the credentials of the app that is installed in %(store)s.", store=store.shop_domain),
                "action_open_settings",
            )
        return Finding("credentials", "ok", self.env._("Shopify answers for “%(shop)s”.", shop=shop["name"]))

    def _permissions(self, store, answer):
        check = self.env["shopify.flow.access_check"]
        check._note(store, answer)
        if store.lost_features:
            yield Finding(
                "scopes",
                "problem" if check._stopping(store, check._granted(answer)) else "warning",
                self.env._("The app lacks access scopes, so this cannot work:\n%(lost)s", lost=store.lost_features),
                self.env._(
                    "Add them to the app in Shopify's Dev Dashboard, release it, approve it in the store, and press "
                    "“Connect Again”."
                ),
                "action_open_settings",
            )
        else:
            yield Finding("scopes", "ok", self.env._("The app may do everything that is needed."))
        if store.version_warning:
            yield Finding(
                "version",
                "problem" if store.answering_version != VERSION else "warning",
                store.version_warning,
                self.env._("Update the addon Shopify Sync."),
            )
        else:
            day = fields.Date.to_string(store.version_ends_on)
            words = self.env._(
                "Shopify answers in version %(version)s, at least until %(day)s.", version=VERSION, day=day
            )
            yield Finding("version", "ok", words)

    def _clock(self, answer):
        if answer.clock is None:
            return Finding("clock", "ok", self.env._("Shopify did not say what time it has."))
        ours = fields.Datetime.now()
        seconds = round((ours - answer.clock.replace(tzinfo=None)).total_seconds())
        if abs(seconds) <= CLOCK:
            return Finding("clock", "ok", self.env._("This server's clock agrees with Shopify's."))
        words = (
            self.env._("This server's clock is %(seconds)s seconds ahead of Shopify's.", seconds=seconds)
            if seconds > 0
            else self.env._("This server's clock is %(seconds)s seconds behind Shopify's.", seconds=-seconds)
        )
        todo = self.env._(
            "Have the server synchronize its clock (NTP). Until then tokens are renewed too late or too early, connecting can "
            "fail, and an older message can seem newer than the one that is true."
        )
        return Finding("clock", "problem", words, todo)

    def _webhooks(self, store):
        if public_address.fault(store.webhook_url):
            words = self.env._("Shopify has no address to send its messages to.")
            return Finding("webhooks", "problem", words, self.env._("Mend the public address first."))
        connection = self.env["shopify.flow.connection"]
        missing, elsewhere = connection._compare_subscriptions(store)
        if not missing:
            return Finding("webhooks", "ok", self._say_last_message(store))
        lines = []
        if gone := [topic for topic in missing if topic not in elsewhere]:
            lines.append(
                self.env._(
                    "Shopify does not tell this Odoo about %(topics)s: these webhooks are missing there. Shopify deletes them "
                    "after repeated failures.",
                    topics=", ".join(gone),
                )
            )
        # Another address may be this Odoo's old one, or another database's: the host tells a person which.
        for host in sorted({urlsplit(node["uri"]).netloc for node in elsewhere.values()}):
            topics = [topic for topic, node in elsewhere.items() if urlsplit(node["uri"]).netloc == host]
            lines.append(
                self.env._(
                    "Shopify sends %(topics)s to another address, at %(host)s.", topics=", ".join(topics), host=host
                )
            )
        todo = self.env._(
            "Press the button: what is missing is made, and what goes elsewhere is led to this Odoo. If another database is to "
            "have it, archive the store in one of the two. Read the next lines for why deliveries failed."
        )
        return Finding("webhooks", "problem", "\n".join(lines), todo, "action_repair_webhooks")

    def _say_last_message(self, store):
        last = store._last_message_at()
        if not last:
            return self.env._("All webhooks are set up. No message has come yet.")
        return self.env._(
            "All webhooks are set up. The last message came %(time)s.",
            time=format_datetime(self.env, last, dt_format="short"),
        )

    # -- what is seen from here -------------------------------------------------------------------
    def _look_at_odoo(self, store, *, by_job):
        yield self._holds(store)
        yield self._refusals(store)
        yield self._address(store)
        yield self._databases(store)
        yield self._crons(store, by_job)
        yield self._locations(store)
        yield self._stock(store)
        yield self._responsible(store)

    def _holds(self, store):
        if store.state == "copied":
            words = self.env._("This database is a copy: nothing is sent to Shopify, and nothing was asked there.")
            todo = self.env._("If it is the one you work with from now on, press “Confirm This Database”.")
            return Finding("holds", "problem", words, todo, "action_open_settings")
        if store.state == "draft":
            words = self.env._("The store is not connected yet.")
            return Finding("holds", "warning", words, self.env._("Press “Connect”."), "action_open_settings")
        kept = self.env._("Everything is kept, and goes on when you resume.")
        if store.state == "paused":
            words = self.env._("The store is paused. %(reason)s", reason=store.pause_reason or "")
            return Finding("holds", "warning", words.strip(), kept, "action_resume")
        if store.pause_in:
            return Finding("holds", "warning", store._why_held("in"), kept, "action_resume_in")
        if store._why_held("out"):
            repair = "action_resume_out" if store.pause_out else "action_allow_writing"
            return Finding("holds", "warning", store._why_held("out"), kept, repair)
        return Finding("holds", "ok", self.env._("The store works in both directions."))

    def _refusals(self, store):
        number, last = store._refused_lately()
        if not number:
            return Finding("refusals", "ok", self.env._("No message was refused in the last seven days."))
        words = self.env._(
            "%(number)s messages were refused because their signature is wrong, the last one %(time)s. Nothing of them "
            "was written.",
            number=number,
            time=format_datetime(self.env, last, dt_format="short"),
        )
        came = store._last_message_at()
        todo = self.env._(
            "Others got through since, so these came from a stranger, or from an app with another secret: webhooks made by hand "
            "under Settings → Notifications are signed with a secret of their own; delete them."
        )
        if not came or came < last:
            todo = self.env._(
                "The client secret here is probably not the app's: copy it once more from Shopify's Dev Dashboard and press "
                "“Connect Again”. While a secret is being rotated, keep the old one as the previous secret."
            )
            return Finding("refusals", "problem", words, todo, "action_open_settings")
        return Finding("refusals", "warning", words, todo, "action_open_refusals")

    def _address(self, store):
        parameters = self.env["ir.config_parameter"]
        url = parameters.get_param("web.base.url", "")
        fault = public_address.fault(url)
        words = {
            "missing": self.env._("This Odoo has no public address."),
            "local": self.env._("%(url)s can be reached from inside its own network only.", url=url),
            "not_https": self.env._("%(url)s is not https, and Shopify delivers to nothing else.", url=url),
        }
        if fault:
            todo = self.env._(
                "Set the system parameter web.base.url to the https address at which this Odoo is reached from the internet, and "
                "web.base.url.freeze to True, so that it stays; then press “Repair Webhooks”."
            )
            return Finding("address", "problem", words[fault], todo)
        if not parameters.get_param("web.base.url.freeze"):
            return Finding(
                "address",
                "warning",
                self.env._("%(url)s is good, but changes when an administrator logs in at another address.", url=url),
                self.env._("Keep it (system parameter web.base.url.freeze), or the webhooks move with it."),
                "action_freeze_address",
            )
        return Finding("address", "ok", self.env._("Shopify delivers to %(url)s.", url=url))

    def _databases(self, store):
        """Shopify's requests carry no session: only a host that means one database leads to it (http.py, `db_monodb`)."""
        host = urlsplit(self.env["ir.config_parameter"].get_param("web.base.url", "")).netloc
        served = self._served(host)
        if served == [self.env.cr.dbname]:
            return Finding("databases", "ok", self.env._("%(host)s means this database alone.", host=host))
        if not served:
            # No right to list them, or an Odoo that is told its database otherwise.
            return Finding("databases", "ok", self.env._("Which databases are served here is not known."))
        if self.env.cr.dbname not in served:
            words = self.env._("At %(host)s this server serves other databases than this one.", host=host)
        else:
            number = len(served)
            words = self.env._("At %(host)s this server serves %(number)s databases.", host=host, number=number)
        todo = self.env._(
            "Shopify's messages do not say which database they are for. Set dbfilter in Odoo's configuration so that %(host)s "
            "means this one, or let the proxy send the header X-Odoo-Database for /shopify/webhook.",
            host=host,
        )
        came = store._last_message_at()
        arrives = came and came > fields.Datetime.subtract(fields.Datetime.now(), days=7)
        if arrives:
            words = self.env._("%(words)s Shopify's messages do arrive here.", words=words)
        return Finding("databases", "ok" if arrives else "problem", words, "" if arrives else todo)

    def _served(self, host):
        """Names of the databases that a request to this host may mean."""
        return sorted(http.db_list(force=True, host=host))

    def _crons(self, store, by_job):
        off = store._own_crons().filtered(lambda cron: not cron.active)
        if off:
            words = self.env._("Switched off: %(names)s.", names=", ".join(off.mapped("name")))
            todo = self.env._(
                "Switch them on. Odoo switches off by itself what failed for a week: the server's log says why."
            )
            return Finding("crons", "problem", words, todo, "action_switch_on_crons")
        # Whoever is run by a cron knows that they run; after a night's standstill all of them would seem late.
        if by_job:
            return Finding("crons", "ok", self.env._("Odoo's scheduled actions run."))
        since = store._waiting_since() if store.state == "connected" else False
        if store._late_crons() or since:
            words = self.env._("Odoo's scheduled actions do not run, so nothing of the queue is done.")
            if since:
                words = self.env._(
                    "Work waits since %(time)s and nobody does it.",
                    time=format_datetime(self.env, since, dt_format="short"),
                )
            todo = self.env._(
                "See that a server runs with max_cron_threads above 0, and that it is not busy with others."
            )
            if not config["max_cron_threads"]:
                todo = self.env._(
                    "This server has max_cron_threads = 0: set it to 2 in Odoo's configuration, or start another one that has it."
                )
            return Finding("crons", "problem", words, todo, "action_open_late_jobs")
        return Finding("crons", "ok", self.env._("Odoo's scheduled actions run, and nothing waits for long."))

    def _locations(self, store):
        own = store.location_ids._mappable()
        fed = own._pushable()
        if store.push_stock and own and not fed:
            words = self.env._("No location of Shopify is fed by a location of Odoo, so no stock is sent.")
            severity = "problem"
        elif unfed := own - fed:
            words = self.env._("Fed by no location of Odoo: %(names)s.", names=", ".join(unfed.mapped("name")))
            severity = "warning"
        else:
            return Finding("locations", "ok", self.env._("Every location of Shopify is fed by locations of Odoo."))
        todo = self.env._(
            "Choose the Odoo locations whose stock each of them offers. What is fed by none is left as it is."
        )
        return Finding("locations", severity, words, todo, "action_open_locations")

    def _stock(self, store):
        if store.push_stock:
            return Finding("stock", "ok", self.env._("Odoo's quantities are sent to Shopify."))
        if store.stock_decided:
            return Finding("stock", "ok", self.env._("Stock is not sent to Shopify, as somebody decided."))
        words = self.env._("Stock is not sent to Shopify yet: Shopify goes on selling from its own quantities.")
        todo = self.env._(
            "Take the opening stock from Shopify, or start sending Odoo's quantities. What Odoo has none of is then sold out in "
            "Shopify."
        )
        return Finding("stock", "warning", words, todo, "action_open_settings")

    def _responsible(self, store):
        user = store.responsible_id
        if user.active and store.company_id in user.company_ids and user.has_group("shopify_sync.group_user"):
            words = self.env._("%(user)s is told when something waits for a person.", user=user.name)
            return Finding("responsible", "ok", words)
        todo = self.env._(
            "Choose somebody with a right on Shopify and access to %(company)s.", company=store.company_id.name
        )
        if not user:
            words = self.env._("Nobody is responsible, so what waits for a person is told to the administrator.")
        else:
            words = self.env._("%(user)s is responsible, and cannot see this store.", user=user.name)
        return Finding("responsible", "warning", words, todo, "action_open_settings")
