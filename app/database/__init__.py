"""SQLite files that all processes of the service share."""
