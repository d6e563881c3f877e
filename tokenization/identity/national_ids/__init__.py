"""National identity numbers: verified by two, kept sealed, one party to a number. Shown by their end alone."""
