"""What the service and the processes of its jobs agree on: folders, specifications, recipes."""
