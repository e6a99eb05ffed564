"""Draw a small picture for any asset: a gradient of two colours, as a PNG."""

from __future__ import annotations

import hashlib
import struct
import zlib

PICTURE_SIDE = 64


def draw_picture(asset: str) -> bytes:
    """Draw a PNG of 64 by 64 pixels; the asset's id determines its colours."""
    top, bottom = (hashlib.sha256(f"{end} {asset}".encode()).digest()[:3] for end in ("top", "end"))
    rows = (
        b"\0" + _interpolate_color(top, bottom, at=row / (PICTURE_SIDE - 1)) * PICTURE_SIDE
        for row in range(PICTURE_SIDE)
    )
    header = struct.pack(">IIBBBBB", PICTURE_SIDE, PICTURE_SIDE, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(b"".join(rows))), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_encode_chunk(kind, body) for kind, body in chunks)


def _interpolate_color(top: bytes, bottom: bytes, *, at: float) -> bytes:
    return bytes(round(a + (b - a) * at) for a, b in zip(top, bottom, strict=True))


def _encode_chunk(kind: bytes, body: bytes) -> bytes:
    checksum = zlib.crc32(kind + body)
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", checksum)
