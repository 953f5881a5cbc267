"""What comes over a connection: whole requests, and what cannot be read as one."""
