class Customer:
    """Name and city of who buys from us."""

    name = "Stext"
    city = "Stext"
