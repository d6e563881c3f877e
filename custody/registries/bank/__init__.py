"""The bank that keeps the settlement account: statements (camt.053, CSV) and credit notifications (camt.054)."""
