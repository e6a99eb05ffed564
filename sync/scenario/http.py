"""Import httpx without its command line, which takes as long to import as all the rest of it."""

import sys

_COMMAND_LINE = "httpx._main"

if "httpx" not in sys.modules:
    sys.modules[_COMMAND_LINE] = None  # type: ignore[assignment] # its import fails, as it may
try:
    import httpx
finally:
    if sys.modules.get(_COMMAND_LINE, sys) is None:
        del sys.modules[_COMMAND_LINE]

__all__ = ["httpx"]
