"""Tests of the files that machines read: dashboards, rules, and what is said about them."""
