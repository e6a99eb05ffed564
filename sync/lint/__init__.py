"""The rules of `check`, which find texts that readers or programs may misunderstand."""
