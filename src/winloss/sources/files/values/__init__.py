"""Values of columns read as what they are: blanks, dates, money, numbers, categories.

Each is decided once over the whole column's profile and then converted batch by batch, on distinct values only.
"""
