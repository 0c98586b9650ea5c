"""What people are told: explain, history, status, and how they look on a screen."""
