"""Files that are fetched: from a partner's SFTP or HTTPS server, a folder, or a bucket."""
