"""How a file holds its series: a row for each value, a column or a row for each series."""
