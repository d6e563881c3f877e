"""The records behind a run, one page each, read only: instruction, approval, file, cash entry, vault item."""
