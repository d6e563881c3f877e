"""The depository: its daily statement as a file."""
