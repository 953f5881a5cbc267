"""What clients ask for now, and fetch later."""
