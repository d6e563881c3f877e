"""The certificate of a terminal for crude oil in its tanks."""
