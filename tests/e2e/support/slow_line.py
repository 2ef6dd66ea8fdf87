"""A line to a server on this machine that brings only so many octets a second."""

import socket
import threading

PIECE = 16 * 1024


class SlowLine:
    """`port` leads to the server's. Order: SlowLine(...), ..., stop()."""

    def __init__(self, server, octets_per_second):
        self._server = server
        self._pause = PIECE / octets_per_second
        self._ended = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                program, _ = self._listener.accept()
            except OSError:
                return
            server = socket.create_connection(("127.0.0.1", self._server))
            for source, sink, pause in ((program, server, 0), (server, program, self._pause)):
                threading.Thread(target=self._carry, args=(source, sink, pause), daemon=True).start()

    def _carry(self, source, sink, pause):
        try:
            while octets := source.recv(PIECE):
                sink.sendall(octets)
                self._ended.wait(pause * len(octets) / PIECE)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            sink.close()

    def stop(self):
        self._ended.set()
        self._listener.close()
