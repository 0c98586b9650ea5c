"""Damaged feeds by the hundred thousand, read by us and by a second reader, the oracle."""
