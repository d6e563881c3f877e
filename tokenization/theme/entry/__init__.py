"""The one door: password, second factor, what a session may open, and the factor asked for again before an approval."""
