"""Tests of the rules, which touch nothing but values."""
