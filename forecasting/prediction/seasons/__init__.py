"""The seasons of series: which to look for, how they are measured, taken out and put back."""
