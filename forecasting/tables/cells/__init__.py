"""The cells of columns: texts of any kind become dates, numbers and ids, or a bad one is named."""
