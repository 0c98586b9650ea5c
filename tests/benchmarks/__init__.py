"""Benchmarks: each prints one JSON line with the key `bench`; figures are medians of one run."""
