"""The partners' drop: an SFTP server in which each partner sees an inbox and an outbox."""
