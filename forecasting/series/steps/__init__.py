"""Steps between dates or numbers: which are even, which nearly so, and which make no sense."""
