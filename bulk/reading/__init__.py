"""From a table anywhere to pieces of whole series, in bounded memory."""
