"""The signer: a process of its own with keys, a memory, and a policy nobody can change over its API."""
