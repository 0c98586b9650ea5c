"""Tests of the folders that partners drop files into."""
