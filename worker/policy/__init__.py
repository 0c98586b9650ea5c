"""The guard's policy while the program runs: previewed, applied in stages, taken back."""
