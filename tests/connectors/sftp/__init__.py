"""The partners' drop, tried by real clients on this machine."""
