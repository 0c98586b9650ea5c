"""What must hold of the connectors to the outside world."""
