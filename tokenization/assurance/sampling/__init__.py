"""Taking a figure of a run apart: the rows it is made of, each with its block, file, approval and instruction."""
