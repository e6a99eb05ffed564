"""One file of the folder, and the text in it."""
