"""Forms by which officers propose and record."""
