"""Servers below HTTP: one that only greets, and one that passes bytes on, by TLS or as a proxy."""

import asyncio
import socket
import threading
from contextlib import contextmanager


@contextmanager
def greeting(greet):
    """The port of a server that greets each connection, and the list of those it had."""
    connections = []

    def accept():
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            connections.append(connection)
            with connection:
                greet(connection)

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=accept)
        thread.start()
        try:
            yield server.getsockname()[1], connections
        finally:
            server.shutdown(socket.SHUT_RDWR)
            thread.join()


@contextmanager
def passing_on(to, *, tls=None, proxy=False):
    """The port of a server that passes all bytes on to a local port, and what it was told.

    With `tls` it is that context's server; as a `proxy` it first takes a CONNECT, and keeps it.
    """
    told, loop, ready, stop = [], asyncio.new_event_loop(), threading.Event(), asyncio.Event()
    port = None

    async def answer(reader, writer):
        if proxy:
            told.append(await reader.readuntil(b"\r\n\r\n"))
            writer.write(b"HTTP/1.1 200 Connected\r\n\r\n")
        there, back = await asyncio.open_connection("127.0.0.1", to)
        await asyncio.gather(_pipe(reader, back), _pipe(there, writer))

    async def run():
        nonlocal port
        async with await asyncio.start_server(answer, "127.0.0.1", 0, ssl=tls) as server:
            port = server.sockets[0].getsockname()[1]
            ready.set()
            await stop.wait()

    def work():
        with asyncio.Runner(loop_factory=lambda: loop) as runner:
            runner.run(run())

    thread = threading.Thread(target=work)
    thread.start()
    ready.wait()
    try:
        yield port, told
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()


async def _pipe(reader, writer):
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    except ConnectionError:
        pass
    finally:
        writer.close()
