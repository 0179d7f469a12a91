"""A TCP proxy on 127.0.0.1 whose line can be broken while it runs, for tests of real programs.

It runs in a thread of its own; all methods may be called from any thread. One fault at a time:

  refuse   nobody listens; connections that stood are reset
  reset    connections are accepted and reset at the first byte; those that stood at once
  stall    nothing comes through, in either direction, and nothing ends; what waited comes after `heal`
  slice    everything comes through in pieces of 1 to 7 bytes
  corrupt  one byte of each piece of an answer becomes another one
  cut      an answer ends somewhere within a piece, and its connection with it

Answers are what comes from the target. The order of random choices depends on the seed and on how the
bytes come, so that a run is alike but not the same.
"""

import asyncio
import contextlib
import random
import socket
import struct
import threading

FAULTS = ("refuse", "reset", "stall", "slice", "corrupt", "cut")
_PIECE = 16384
_RESET = struct.pack("ii", 1, 0)


def _abort(writer):
    """Ends the connection by a reset."""
    sock = writer.get_extra_info("socket")
    if sock is not None:
        with contextlib.suppress(OSError):
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    writer.transport.abort()


class FaultyProxy:
    def __init__(self, target_port, seed=0):
        self.target_port = target_port
        self.connections = 0  # accepted so far
        self.harmed = 0       # pieces or connections that a fault was done to
        self._random = random.Random(seed)
        self._fault = ""
        self._writers = set()
        self._held = socket.socket()  # the port is ours, also while nobody listens
        self._held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._held.bind(("127.0.0.1", 0))
        self.port = self._held.getsockname()[1]
        self._loop = asyncio.new_event_loop()
        self._healed = asyncio.Event()
        self._server = None
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._call(self._listen())

    def begin(self, fault):
        assert fault in FAULTS, fault
        self._call(self._begin(fault))

    def heal(self):
        self._call(self._heal())

    def close(self):
        self._call(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
        self._held.close()

    # ---- on the loop

    def _call(self, work):
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout=60)

    async def _listen(self):
        if self._server is None:
            self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port, reuse_address=True)

    async def _unlisten(self):
        if self._server is not None:
            self._server.close()
            self._server = None

    async def _begin(self, fault):
        await self._heal()
        self._fault = fault
        self._healed.clear()
        if fault == "refuse":
            await self._unlisten()
        if fault in ("refuse", "reset"):
            self._abort_all()

    async def _heal(self):
        self._fault = ""
        self._healed.set()
        await self._listen()

    async def _end(self):
        await self._heal()
        await self._unlisten()
        self._abort_all()
        rest = asyncio.all_tasks() - {asyncio.current_task()}
        for task in rest:
            task.cancel()
        await asyncio.gather(*rest, return_exceptions=True)

    def _abort_all(self):
        for writer in list(self._writers):
            self.harmed += 1
            _abort(writer)

    async def _serve(self, reader, writer):
        self.connections += 1
        self._writers.add(writer)
        up = None
        try:
            if self._fault == "reset":
                await reader.read(1)
                self.harmed += 1
                return
            up_reader, up = await asyncio.open_connection("127.0.0.1", self.target_port)
            self._writers.add(up)
            ends = [asyncio.ensure_future(self._pump(reader, up, False)),
                    asyncio.ensure_future(self._pump(up_reader, writer, True))]
            try:
                await asyncio.wait(ends, return_when=asyncio.FIRST_EXCEPTION)
            finally:
                for end in ends:
                    end.cancel()
                await asyncio.gather(*ends, return_exceptions=True)
        except (OSError, asyncio.CancelledError):
            pass
        finally:
            for one in (writer, up):
                if one is not None:
                    self._writers.discard(one)
                    _abort(one)

    async def _pump(self, reader, writer, answers):
        while data := await reader.read(_PIECE):
            if self._fault == "stall":
                self.harmed += 1
                await self._healed.wait()
            await self._pass_on(data, writer, answers)
        if writer.can_write_eof():
            writer.write_eof()
        await writer.drain()
        if answers:  # who does not answer any more is gone: the other side need not wait
            raise ConnectionResetError

    async def _pass_on(self, data, writer, answers):
        fault = self._fault
        if fault == "slice":
            self.harmed += 1
            at = 0
            while at < len(data):
                size = self._random.randint(1, 7)
                writer.write(data[at:at + size])
                await writer.drain()
                await asyncio.sleep(0)
                at += size
            return
        if fault == "corrupt" and answers:
            self.harmed += 1
            data = bytearray(data)
            data[self._random.randrange(len(data))] ^= self._random.randint(1, 255)
        if fault == "cut" and answers:
            self.harmed += 1
            writer.write(data[:self._random.randrange(len(data))])
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(writer.drain(), 1)
            writer.transport.close()
            raise ConnectionResetError
        writer.write(bytes(data))
        await writer.drain()
