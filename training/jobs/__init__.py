"""The process of a job: what it does, and what it reports."""
