"""The output: parts, the table of failures, and what says that all is written."""
