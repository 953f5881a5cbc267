"""Series: raw numbers and dates are read, checked and put on a calendar without gaps."""
