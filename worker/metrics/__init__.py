"""What is told to Prometheus: counted as it happens, and read from the record when asked."""
