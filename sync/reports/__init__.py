"""A Plan or a Run in words: rows worked out once, and one module for each way to write them."""
