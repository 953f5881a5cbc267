"""Builds the pages of docs/ into the site that the service serves at /guide: `make docs`."""
