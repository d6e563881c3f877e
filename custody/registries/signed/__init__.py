"""Signatures made outside the platform, with the registrar's or the fiscal agent's own key."""
