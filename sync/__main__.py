"""`python -m sync` is the command `description-sync`."""

import sys


def main() -> int:
    """Run the command; a Ctrl-C that comes while it is still being imported ends it in order."""
    try:
        from sync.cli import main as run_command  # noqa: PLC0415 - takes a moment

        return run_command()
    except KeyboardInterrupt:
        sys.stderr.write("\nInterrupted.\n")
        return 130


if __name__ == "__main__":
    sys.exit(main())
