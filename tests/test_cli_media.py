"""Pictures and names for reports, from a scripted API and a scripted host of files."""

import asyncio
import gzip
import io
import struct
import zlib

import httpx
import pytest
from PIL import Image

from sync.model.text import Text
from sync.operations.media import PictureLimits, load_media, shrink_picture
from sync.reports.media import AssetFacts, Media, ModelFacts
from sync.sandbox.app import create_app
from sync.sandbox.store import Store
from sync.scenario import Credentials, Scenario, Server, SkippingClock

pytestmark = pytest.mark.anyio

API, FILES = "api.test", "files.test"
SONG = "asset_zp34y961NjyJCU239Povgm"
TEXTS = [Text("{asset:a} {model:model_2}"), Text("{asset:b} {asset:a}")]


def photo(size=(1200, 800), form="PNG", mode="RGB", **options):
    file = io.BytesIO()
    Image.new(mode, size, (200, 120, 40, 128)[: len(mode)]).save(file, form, **options)
    return file.getvalue()


PHOTO = photo()


def asset(id_, **fields):
    return {
        "id": id_,
        "authorId": "u",
        "kind": "image",
        "mimeType": "image/png",
        "ownerId": "p",
        "privacy": "private",
        "properties": {"size": 1},
        "source": "uploaded",
        "url": f"https://{FILES}/{id_}?Signature=secret",
    } | fields


class Wire:
    """An API that has every asset, and a host that answers for their files as it is told."""

    def __init__(self, reply=lambda _: httpx.Response(200, content=PHOTO), **fields):
        self.reply = reply
        self.fields = fields
        self.fetched = []

    def client(self, base_url=f"https://{API}/v1"):
        return Scenario(
            Server(base_url=base_url, credentials=Credentials(key="key", secret="secret")),
            transport=httpx.MockTransport(self._answer),
            clock=SkippingClock(),
        )

    async def _answer(self, request):
        match request.url.path:
            case "/v1/assets/get-bulk":
                return httpx.Response(200, json={"assets": self._assets(request)})
            case "/v1/models/get-bulk":
                return httpx.Response(200, json={"models": []})
            case _:
                self.fetched.append(request)
                reply = self.reply(request)
                return await reply if asyncio.iscoroutine(reply) else reply

    def _assets(self, request):
        return [asset(id_, **self.fields) for id_ in ("a", "b") if id_.encode() in request.content]

    async def pictures(self, **allowance):
        async with self.client() as scenario:
            media = await load_media(TEXTS, scenario, limits=PictureLimits(**allowance))
        return {id_ for id_, facts in media.assets.items() if facts.picture}


@pytest.fixture
def sandbox():
    store = Store(":memory:")
    yield Scenario(Server(base_url="http://localhost/v1"), app=create_app(store, without_key=True))
    store.close()


async def test_finds_what_the_sandbox_knows_of_assets_and_models(sandbox):
    text = Text(f"Made with {{model:flux.1-dev}}: {{asset:{SONG}}} {{asset:nowhere}}")
    async with sandbox:
        media = await load_media([text], sandbox, subjects=["model_qdziYBCuc6bwRRpC2i57Ui"])
    (song,) = media.assets.values()
    assert (song.kind, song.mime_type) == ("audio", "audio/mpeg")
    assert (song.picture.width, song.picture.height) == (64, 64)
    assert media.models == {
        "model_qdziYBCuc6bwRRpC2i57Ui": ModelFacts("Saltlight Maren", "flux.1-lora"),
        "flux.1-dev": ModelFacts("FLUX.1 [dev]", "flux.1", "public"),
    }


async def test_files_are_fetched_without_credentials():
    wire = Wire()
    assert await wire.pictures() == {"a", "b"}
    headers = {name for request in wire.fetched for name in request.headers}
    assert headers == {"accept", "accept-encoding", "connection", "host", "user-agent"}


async def test_the_thumbnail_stands_for_what_is_no_picture():
    thumbnail = {"assetId": "t", "url": f"https://{FILES}/thumbnail"}
    wire = Wire(kind="video", mimeType="video/mp4", thumbnail=thumbnail)
    assert await wire.pictures() == {"a", "b"}
    assert {request.url.path for request in wire.fetched} == {"/thumbnail"}


@pytest.mark.parametrize(
    "url",
    [
        pytest.param(f"http://{FILES}/a.png", id="unencrypted"),
        pytest.param("http://127.0.0.1/a.png", id="on this machine, unencrypted"),
        pytest.param("https://user:password@files.test/a.png", id="with credentials"),
        pytest.param("file:///etc/passwd", id="a file"),
        pytest.param("https://[::1", id="not a URL"),
    ],
)
async def test_files_are_fetched_by_https_alone(url):
    wire = Wire(url=url)
    assert await wire.pictures() == set()
    assert wire.fetched == []


async def test_files_of_a_server_on_this_machine_need_no_encryption():
    wire = Wire(url="http://127.0.0.1:8000/a.png")
    async with wire.client("http://127.0.0.1:8000/v1") as scenario:
        media = await load_media(TEXTS, scenario)
    assert all(facts.picture for facts in media.assets.values())


async def slow(_):
    await asyncio.sleep(60)


def fails(request):
    raise httpx.ConnectError("no route", request=request)


@pytest.mark.parametrize(
    ("reply", "allowance"),
    [
        pytest.param(fails, {}, id="not reached"),
        pytest.param(lambda _: httpx.Response(403, content=PHOTO), {}, id="expired"),
        pytest.param(
            lambda _: httpx.Response(302, headers={"Location": f"https://{FILES}/other"}),
            {},
            id="redirected",
        ),
        pytest.param(lambda _: httpx.Response(200, content=b"<html>"), {}, id="not a picture"),
        pytest.param(
            lambda _: httpx.Response(200, content=PHOTO), {"max_download_bytes": 1_000}, id="large"
        ),
        pytest.param(
            lambda _: httpx.Response(
                200, content=gzip.compress(PHOTO), headers={"Content-Encoding": "gzip"}
            ),
            {},
            id="compressed",
        ),
        pytest.param(slow, {"max_seconds": 0.05}, id="slow"),
        pytest.param(
            lambda _: httpx.Response(200, content=PHOTO), {"max_total_bytes": 10}, id="too much"
        ),
    ],
)
async def test_a_picture_that_cannot_be_had_is_none(reply, allowance):
    assert await Wire(reply).pictures(**allowance) == set()


async def test_no_more_pictures_than_allowed_are_fetched():
    wire = Wire()
    assert await wire.pictures(max_pictures=1) == {"a"}
    assert len(wire.fetched) == 1
    assert await wire.pictures(max_pictures=0) == set()
    assert len(wire.fetched) == 1


async def test_a_report_does_without_what_the_api_refuses():
    answers = httpx.MockTransport(lambda _: httpx.Response(500, json={"reason": "broken"}))
    server = Server(base_url=f"https://{API}/v1", credentials=Credentials(key="k", secret="s"))
    async with Scenario(server, transport=answers, clock=SkippingClock()) as scenario:
        assert await load_media(TEXTS, scenario) == Media()


async def test_the_facts_hold_no_signed_url():
    async with Wire().client() as scenario:
        media = await load_media(TEXTS, scenario, limits=PictureLimits(max_pictures=0))
    assert media.assets == {
        "a": AssetFacts("image", "image/png"),
        "b": AssetFacts("image", "image/png"),
    }
    assert "Signature" not in repr(media)


# --- pictures ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "size"),
    [
        pytest.param(PHOTO, (480, 320), id="PNG"),
        pytest.param(photo((800, 1200), "JPEG"), (320, 480), id="JPEG"),
        pytest.param(photo((64, 64), "WEBP"), (64, 64), id="a small WebP"),
        pytest.param(photo((640, 480), "GIF", "L"), (480, 360), id="GIF"),
        pytest.param(photo((500, 500), "PNG", "RGBA"), (480, 480), id="with transparency"),
    ],
)
def test_a_picture_is_drawn_small(content, size):
    picture = shrink_picture(content)
    with Image.open(io.BytesIO(picture.content)) as image:
        assert (image.format, image.size) == ("WEBP", size)
    assert (picture.mime_type, picture.width, picture.height) == ("image/webp", *size)


def test_what_else_was_in_the_file_is_gone():
    exif = Image.Exif()
    exif[0x010E] = "taken at home"
    picture = shrink_picture(photo(form="JPEG", exif=exif, comment=b"a secret"))
    assert b"taken at home" not in picture.content
    assert b"secret" not in picture.content


def bomb():
    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(bytes(1000))), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in chunks
    )


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"<svg/>", id="SVG"),
        pytest.param(PHOTO[:100], id="cut short"),
        pytest.param(photo(form="BMP"), id="a format that is not expected"),
        pytest.param(bomb(), id="too many pixels"),
    ],
)
def test_what_is_no_such_picture_is_none(content):
    assert shrink_picture(content) is None
