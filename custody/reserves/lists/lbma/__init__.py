"""The weight list of a vault for bars of precious metal."""
