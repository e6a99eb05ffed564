"""Where the network is not ours: https alone, one's own authority, a proxy on the way."""

import base64
import ssl
from urllib.parse import urlsplit

import pytest
import trustme
from harbour import OLD
from wires import greeting, passing_on


@pytest.fixture
def authority():
    return trustme.CA()


def certificate(authority, name):
    """The server's side of TLS, with a certificate of the authority."""
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert(name).configure_cert(tls)
    return tls


def trust(monkeypatch, authority, tmp_path):
    path = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(path)
    monkeypatch.setenv("SSL_CERT_FILE", str(path))


def test_plain_http_to_another_machine_is_refused_before_anything_is_sent(studio):
    studio.configure(base_url="http://api.scenario.test/v1")
    ran = studio.plan()
    assert ran.code == 2
    assert "plain http would send the key unencrypted: use https" in ran.err


def test_an_authority_of_one_s_own_is_trusted_through_ssl_cert_file(
    studio, authority, monkeypatch, tmp_path
):
    trust(monkeypatch, authority, tmp_path)
    studio.serve()
    tls = certificate(authority, "127.0.0.1")
    with passing_on(urlsplit(studio.url).port, tls=tls) as (port, _):
        studio.configure(base_url=f"https://127.0.0.1:{port}/v1")
        ran = studio.plan()
    assert (ran.code, set(ran.states)) == (0, set(OLD))
    assert studio.requests == {"GET": 3}


def test_a_certificate_for_another_name_is_not_trusted(studio, authority, monkeypatch, tmp_path):
    trust(monkeypatch, authority, tmp_path)
    studio.serve()
    tls = certificate(authority, "elsewhere.test")
    with passing_on(urlsplit(studio.url).port, tls=tls) as (port, _):
        studio.configure(base_url=f"https://127.0.0.1:{port}/v1", concurrency=1)
        ran = studio.plan()
    assert (ran.code, studio.requests) == (1, {})
    assert "Cannot trust 127.0.0.1" in ran.err


@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"])
def test_a_proxy_passes_on_what_it_cannot_read(studio, authority, monkeypatch, tmp_path, variable):
    trust(monkeypatch, authority, tmp_path)
    studio.serve()
    tls = certificate(authority, "api.scenario.test")
    with (
        passing_on(urlsplit(studio.url).port, tls=tls) as (server, _),
        passing_on(server, proxy=True) as (port, told),
    ):
        monkeypatch.setenv(variable, f"http://127.0.0.1:{port}")
        studio.configure(base_url="https://api.scenario.test/v1", concurrency=2)
        ran = studio.plan()
    assert (ran.code, set(ran.states)) == (0, set(OLD))
    assert studio.requests == {"GET": 3}
    for head in told:
        assert head.startswith(b"CONNECT api.scenario.test:443 HTTP/1.1\r\n")
        assert b"authorization" not in head.lower()
        assert base64.b64encode(b"key:secret") not in head


def test_what_goes_to_this_machine_passes_no_proxy(studio, monkeypatch):
    with greeting(lambda _: None) as (port, connections):
        monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{port}")
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{port}")
        studio.serve()
        ran = studio.plan()
    assert (ran.code, connections) == (0, [])


def test_a_netrc_is_not_read(studio, monkeypatch, tmp_path):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password else\n")
    monkeypatch.setenv("NETRC", str(netrc))
    heard = []
    studio.serve()
    app = studio.app

    async def listen(scope, receive, send):
        heard.append(dict(scope["headers"])[b"authorization"])
        await app(scope, receive, send)

    studio.stage.app = listen
    assert studio.plan().code == 0
    assert set(heard) == {b"Basic " + base64.b64encode(b"key:secret")}
