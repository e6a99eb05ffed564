"""The rules of `check`: what may trouble a reader, or would not mean what its author meant."""
