"""The configuration: read from TOML and environment, with every fault told at once."""
