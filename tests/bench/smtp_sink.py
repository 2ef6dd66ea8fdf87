"""smtp_sink.py: a submission server that takes everything and keeps nothing. Prints its port; then,
for each line of input, how many messages it took."""

import asyncio
import sys

CAPABILITIES = b"250-sink.example\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 AUTH PLAIN\r\n"


class Sink:
    def __init__(self):
        self.taken = 0

    async def serve(self, reader, writer):
        answers = {b"EHLO": CAPABILITIES, b"AUTH": b"235 welcome\r\n", b"QUIT": b"221 bye\r\n"}
        writer.write(b"220 sink.example ESMTP\r\n")
        try:
            while line := await reader.readline():
                verb = line[:4].upper()
                if verb == b"DATA":
                    writer.write(b"354 go on\r\n")
                    await reader.readuntil(b"\r\n.\r\n")
                    self.taken += 1
                    writer.write(b"250 taken\r\n")
                else:
                    writer.write(answers.get(verb, b"250 good\r\n"))
                if verb == b"QUIT":
                    break
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        writer.close()


async def main():
    sink = Sink()
    server = await asyncio.start_server(sink.serve, "127.0.0.1", 0, limit=2**24)
    print(server.sockets[0].getsockname()[1], flush=True)
    loop = asyncio.get_running_loop()
    while await loop.run_in_executor(None, sys.stdin.readline):
        print(sink.taken, flush=True)


asyncio.run(main())
