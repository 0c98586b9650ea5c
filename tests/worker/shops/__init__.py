"""Tests of what opens shops."""
