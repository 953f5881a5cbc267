"""Requests and answers, without sending them: what the two clients have in common."""
