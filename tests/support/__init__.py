"""Builders that tests share; what only one file needs stands in that file."""
