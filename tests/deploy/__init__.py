"""What is deployed, held to its own tools and run outside a container."""
