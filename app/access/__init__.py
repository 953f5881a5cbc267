"""Who may do what: API keys, the gate that asks for them, and the record of who did what."""
