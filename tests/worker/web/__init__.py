"""What others call over HTTP, tested in this process."""
