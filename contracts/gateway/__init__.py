"""The only door to the chain: node client, calls and their encoding, keys, views, the signer process. No models."""
