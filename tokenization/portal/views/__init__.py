"""The investor's pages. What is not the signed-in party's does not exist: 404."""
