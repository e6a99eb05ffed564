"""Where requests may go, and who sends them."""

import pytest

from sync.errors import ConfigError, CredentialsError
from sync.scenario import Credentials, Server, check_base_url


@pytest.mark.parametrize(
    ("credentials", "header"),
    [
        pytest.param(Credentials(key="k", secret="s"), "Basic azpz", id="key and secret"),
        pytest.param(Credentials(jwt="a.b.c"), "Bearer a.b.c", id="token"),
        pytest.param(Credentials(key="k", secret="s", jwt="t"), "Basic azpz", id="both"),
        pytest.param(Credentials(key="k", jwt="t"), "Bearer t", id="half a key and a token"),
        pytest.param(Credentials(key=" k\n", secret="s\n"), "Basic azpz", id="final newlines"),
        pytest.param(Credentials(key="ü", secret="ß"), "Basic w7w6w58=", id="not ASCII"),
    ],
)
def test_the_header_is_made_as_the_official_client_does(credentials, header):
    assert credentials.authorization == header


@pytest.mark.parametrize("given", [{}, {"key": "k"}, {"secret": "s"}, {"key": "k", "secret": " "}])
def test_missing_credentials_name_the_variables(given):
    with pytest.raises(CredentialsError) as caught:
        Credentials(**given, key_variables="KEY and SECRET", token_variable="TOKEN")
    assert caught.value.hint == "Set KEY and SECRET, or TOKEN."


@pytest.mark.parametrize("token", ["a b", "a\r\nX-Evil: 1", "töken"])
def test_a_token_that_no_header_can_carry_is_refused_unquoted(token):
    with pytest.raises(CredentialsError) as caught:
        Credentials(jwt=token)
    assert token not in f"{caught.value!r}{caught.value.hint}"


def test_no_secret_is_in_a_repr():
    server = Server(
        base_url="https://a.test", credentials=Credentials(key="KK", secret="SS", jwt="JJ")
    )
    assert not {"KK", "SS", "JJ"} & set(repr(server).replace("'", " ").split())
    assert "KK" not in repr(server)
    assert "SS" not in repr(server)


@pytest.mark.parametrize(
    "url",
    [
        "https://api.cloud.scenario.com/v1",
        "http://127.0.0.1:8080/v1",
        "http://127.9.9.9",
        "http://localhost:1",
        "http://[::1]:8080/v1/",
    ],
)
def test_https_goes_anywhere_and_http_to_this_machine(url):
    check_base_url(url)
    assert Server(base_url=url).base_url == url.rstrip("/")


@pytest.mark.parametrize(
    ("url", "message"),
    [
        pytest.param("http://api.test/v1", "unencrypted", id="http to elsewhere"),
        pytest.param("http://127.0.0.1.evil.test", "unencrypted", id="looks like loopback"),
        pytest.param("http://localhost@evil.test", "credentials", id="host as a user name"),
        pytest.param("ftp://localhost", "a URL such as", id="another scheme"),
        pytest.param("api.test/v1", "a URL such as", id="no scheme"),
        pytest.param("https://", "a URL such as", id="no host"),
        pytest.param("https://[::1", "not a URL", id="broken address"),
        pytest.param("https://a.test:port", "not a URL", id="broken port"),
        pytest.param("https://key:secret@a.test", "credentials", id="credentials in it"),
        pytest.param("https://a.test/v1?x=1", "query", id="query"),
        pytest.param("https://a.test/\x00", "a URL such as", id="control character"),
    ],
)
def test_other_addresses_are_refused(url, message):
    with pytest.raises(ConfigError, match=message):
        Server(base_url=url)
