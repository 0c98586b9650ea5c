"""The program as a person meets it, through its own commands."""
