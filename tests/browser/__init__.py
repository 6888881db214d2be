"""Tests of the screens; tests/__init__.py imports the modules."""
