"""The walls that only a loaded registry shows: rights, company rules, views, and README's table of flows."""

import re
from pathlib import Path

from odoo.tests import TransactionCase, tagged

README = Path(__file__).resolve().parents[2] / "README.md"


@tagged("post_install", "-at_install")
class TestWalls(TransactionCase):
    def own_models(self, *, transient):
        """Names of this addon's models that have a table, transient ones or the others."""
        names = [
            name
            for name, model in self.registry.items()
            if name.startswith("shopify.") and model._original_module == "shopify_sync" and not model._abstract
        ]
        return sorted(name for name in names if self.registry[name]._transient == transient)

    def test_there_are_models_to_look_at(self):
        self.assertIn("shopify.store", self.own_models(transient=False))

    def test_every_model_has_access_lines_and_none_for_everybody(self):
        for name in self.own_models(transient=False) + self.own_models(transient=True):
            with self.subTest(model=name):
                lines = self.env["ir.model.access"].search([("model_id.model", "=", name)])
                self.assertTrue(lines, f"{name} has no line in security/ir.model.access.csv")
                self.assertFalse(
                    lines.filtered(lambda line: not line.group_id).mapped("name"), f"{name} is open to every user"
                )

    def test_every_stored_model_has_a_company_rule_that_binds_everybody(self):
        """A rule with groups adds to what others allow; only one without groups is a wall."""
        for name in self.own_models(transient=False):
            with self.subTest(model=name):
                rules = self.env["ir.rule"].search([("model_id.model", "=", name), ("groups", "=", False)])
                walls = rules.filtered(lambda rule: "company_ids" in (rule.domain_force or ""))
                self.assertTrue(walls, f"{name} has no record rule by company")
                self.assertTrue(
                    all(
                        wall[access]
                        for wall in walls
                        for access in ("perm_read", "perm_write", "perm_create", "perm_unlink")
                    ),
                    f"the company rule of {name} leaves an access out",
                )

    def test_every_model_has_a_form_or_list_of_its_own(self):
        for name in self.own_models(transient=False) + self.own_models(transient=True):
            with self.subTest(model=name):
                own = self.env["ir.ui.view"].search_count(
                    [("model", "=", name), ("type", "in", ("form", "list")), ("mode", "=", "primary")]
                )
                self.assertTrue(own, f"{name} has neither a form nor a list")

    def test_readme_lists_exactly_the_flows_of_the_registry(self):
        prefix = "shopify.flow."
        registered = {
            name.removeprefix(prefix)
            for name, model in self.registry.items()
            if name.startswith(prefix) and model._original_module == "shopify_sync"
        }
        section = re.search(
            r"^## Flows\n(.*?)(?=^## |\Z)", README.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
        )
        self.assertTrue(section, "README.md has no section '## Flows'")
        listed = re.findall(r"^\| *`(\w+)` *\|", section.group(1), re.MULTILINE)
        self.assertEqual(sorted(listed), sorted(registered))
