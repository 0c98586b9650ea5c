"""Seeded runs of the whole program under faults, on a clock of their own."""
