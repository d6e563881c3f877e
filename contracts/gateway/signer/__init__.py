"""The signer: a process of its own with keys, a memory of what it signed, and a policy nobody can change over its API."""
