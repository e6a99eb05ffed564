"""The address of the API, the credentials, and the limits of the client."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from sync.config.urls import check_server_url, check_token, is_loopback
from sync.errors import ConfigError, CredentialsError

KEY_VARIABLES = "SCENARIO_SDK_API_KEY and SCENARIO_SDK_API_SECRET"
TOKEN_VARIABLE = "SCENARIO_SDK_JWT"  # noqa: S105 - a variable's name, the official client's


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """An API key with its secret, or a JWT; if both are set, the key is used.

    The official client has the same precedence. `key_variables` and `token_variable` name the
    environment variables, for messages. Leading and trailing whitespace is removed from each value,
    such as the final newline of a secret read from a file.
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
        if self.is_token:
            try:
                check_token(self.jwt or "")
            except ValueError as error:
                raise CredentialsError(
                    f"The token in {self.token_variable} {error}.",
                    hint="Copy it again, on one line.",
                ) from error

    @property
    def is_token(self) -> bool:
        return not (self.key and self.secret)

    @property
    def variables(self) -> str:
        """Return the names of the environment variables to check, for messages."""
        if not self.is_token:
            return self.key_variables
        if self.jwt:
            return self.token_variable
        return f"{self.key_variables}, or {self.token_variable}"

    @property
    def secrets(self) -> tuple[str | None, ...]:
        """Return the values to redact: each secret, and the header value that is sent with it."""
        return (self.secret, self.jwt, f"{self.key}:{self.secret}", self.authorization)

    @property
    def authorization(self) -> str:
        """Return the value of the Authorization header."""
        if self.is_token:
            return f"Bearer {self.jwt}"
        return f"Basic {base64.b64encode(f'{self.key}:{self.secret}'.encode()).decode()}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """One project on one Scenario server, and the client's limits for it.

    `credentials` are None only for an embedded server. `requests_per_minute` is the client's own
    limit; 0 means no limit. `concurrency` is the maximum number of concurrent requests. `timeout`
    is in seconds per request, from connecting to the last byte of the response. `retries` is the
    number of retries per item.
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
        """Return host and port, for messages."""
        return urlsplit(self.base_url).netloc

    @property
    def is_local(self) -> bool:
        """Return True if the server is on this machine."""
        return is_loopback(urlsplit(self.base_url).hostname or "")


def check_base_url(base_url: str) -> str:
    """Return the URL without its final slash; raise ConfigError if it is unsafe or invalid.

    Credentials are sent only over https, or over http to this machine.
    """
    try:
        return check_server_url(base_url)
    except ValueError as error:
        raise ConfigError(f"base_url: {error}") from error
