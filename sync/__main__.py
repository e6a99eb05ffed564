"""`python -m sync` is the command `description-sync`."""

from sync.cli import main

if __name__ == "__main__":
    main()
