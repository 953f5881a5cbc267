"""What is seen of the service from outside: a line in the log for each request, and metrics."""
