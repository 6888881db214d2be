"""Tests of what is stored; tests/__init__.py imports the modules."""
