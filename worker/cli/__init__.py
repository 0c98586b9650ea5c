"""The command line: each command reads its words, calls one function, and prints its report.

Only what a command needs is loaded, and only when it runs, so that `--help` answers at once.
"""
