"""The chain leg of servicing: what the paying agent is told to pay, and what its final logs say it paid."""
