"""The whole shop on one machine, for a person to watch."""
