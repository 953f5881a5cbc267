"""What is asked: requests as they come, JSON and tables, read into options and series."""
