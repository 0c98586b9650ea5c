"""Where partners' files come in and answers go out: folders, and later SFTP and HTTP."""
