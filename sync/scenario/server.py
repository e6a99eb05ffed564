"""Where the API is, who is asking, and how much at a time."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from sync.config import is_loopback, server_url
from sync.errors import ConfigError, CredentialsError

KEY_VARIABLES = "SCENARIO_SDK_API_KEY and SCENARIO_SDK_API_SECRET"
TOKEN_VARIABLE = "SCENARIO_SDK_JWT"  # noqa: S105 - the name of a variable, as the official client has it


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """An API key with its secret, or a JWT; the pair wins, as in the official client.

    `key_variables` and `token_variable` say where they came from, for messages. Blanks around a
    value, such as the final newline of a secret read from a file, are no part of it.
    """

    key: str | None = field(default=None, repr=False)
    secret: str | None = field(default=None, repr=False)
    jwt: str | None = field(default=None, repr=False)
    key_variables: str = KEY_VARIABLES
    token_variable: str = TOKEN_VARIABLE

    def __post_init__(self) -> None:
        for name in ("key", "secret", "jwt"):
            object.__setattr__(self, name, (getattr(self, name) or "").strip() or None)
        if not (self.key and self.secret) and not self.jwt:
            raise CredentialsError("There are no credentials.", hint=f"Set {self.variables}.")
        if self.is_token and not all(" " < character < "\x7f" for character in self.jwt or ""):
            raise CredentialsError(
                f"The token in {self.token_variable} holds a character that no token has.",
                hint="Copy it again, on one line.",
            )

    @property
    def is_token(self) -> bool:
        return not (self.key and self.secret)

    @property
    def variables(self) -> str:
        """The environment variables to look at."""
        if not self.is_token:
            return self.key_variables
        if self.jwt:
            return self.token_variable
        return f"{self.key_variables}, or {self.token_variable}"

    @property
    def authorization(self) -> str:
        """The value of the header."""
        if self.is_token:
            return f"Bearer {self.jwt}"
        return f"Basic {base64.b64encode(f'{self.key}:{self.secret}'.encode()).decode()}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """One project of one Scenario API; `credentials` are None for an embedded one only.

    `requests_per_minute` is a limit of our own, 0 for none; `concurrency` bounds what is in
    flight; `timeout` is how many seconds one request may take, from its connection to the last
    byte of its answer; `retries` is how often an item is tried again after the first time.
    """

    base_url: str
    project_id: str | None = None
    credentials: Credentials | None = None
    requests_per_minute: int = 100
    concurrency: int = 8
    timeout: float = 30.0
    retries: int = 5

    def __post_init__(self) -> None:
        object.__setattr__(self, "base_url", check_base_url(self.base_url))

    @property
    def host(self) -> str:
        """Host and port, for messages."""
        return urlsplit(self.base_url).netloc

    @property
    def is_local(self) -> bool:
        """Whether it is reached without leaving this machine."""
        return is_loopback(urlsplit(self.base_url).hostname or "")


def check_base_url(base_url: str) -> str:
    """The address without its final slash; ConfigError unless credentials may be sent there."""
    try:
        return server_url(base_url)
    except ValueError as error:
        raise ConfigError(f"base_url: {error}") from error
