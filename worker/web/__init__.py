"""What others call over HTTP."""
