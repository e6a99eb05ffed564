"""`python -m sync` is the command `description-sync`."""

import gc
import os
import sys

# Windows has no SIGHUP, and only Windows has SIGBREAK.
_NAMES_OF_SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")


def main() -> int:
    """Run the command; end at once on a signal while Python imports it, or after its end."""
    # By default, Python looks for garbage after 700 new objects. Most objects of a command live to
    # its end, and that search would take a fifth of the time of a short one.
    gc.set_threshold(10_000)
    try:
        import signal  # noqa: PLC0415 - a Ctrl-C while it is imported is caught below

        _end_at_once_on_signals(130, "\nInterrupted.\n")
        from sync.cli import main as run_command  # noqa: PLC0415 - takes a moment

        if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
            signal.signal(signal.SIGINT, signal.default_int_handler)
        exit_code = run_command()
        _end_at_once_on_signals(exit_code, "")
    except (KeyboardInterrupt, Exception) as error:
        if not _comes_from_ctrl_c(error):
            raise
        sys.stderr.write("\nInterrupted.\n")
        return 130
    return exit_code


def _comes_from_ctrl_c(error: BaseException | None) -> bool:
    """Return True if Ctrl-C led to the error: in a class body, Python 3.11 wraps it in another."""
    while error is not None and not isinstance(error, KeyboardInterrupt):
        error = error.__cause__ or error.__context__
    return error is not None


def _end_at_once_on_signals(exit_code: int, message: str) -> None:
    """End the process without an exception, which would get lost in a callback of an import.

    A signal that is ignored stays ignored: with `nohup`, a run outlives its terminal.
    """
    import signal  # noqa: PLC0415 - see above

    def end_at_once(*_: object) -> None:
        try:
            os.write(2, message.encode())
        finally:  # stderr may be closed
            os._exit(exit_code)

    for name in _NAMES_OF_SIGNALS:
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) not in {signal.SIG_IGN, None}:
            signal.signal(number, end_at_once)


if __name__ == "__main__":
    sys.exit(main())
