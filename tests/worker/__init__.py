"""What must hold of the running program."""
