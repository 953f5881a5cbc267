"""Networks: their recipes and architectures, what they are given, and what runs them."""
