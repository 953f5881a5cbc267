"""What the service can be asked, without sending anything."""
