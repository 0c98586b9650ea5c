"""The rules of the guard: pure functions over frozen values, no I/O, no clock, no randomness."""
