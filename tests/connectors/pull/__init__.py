"""What is fetched: servers, folders and answers that are real, on this machine."""
