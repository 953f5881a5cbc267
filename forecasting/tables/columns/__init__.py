"""Which columns of a file hold the ids, the times and the values, and in which layout."""
