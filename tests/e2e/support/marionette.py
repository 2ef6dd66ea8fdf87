"""Mozilla's remote control (Marionette, protocol 3) for what these tests need: functions of
JavaScript that run with all rights inside the program."""

import json
import socket


class Refusal(Exception):
    """What the script threw, or why the program did not run it."""


class Marionette:
    """One connection, which is one session. Order: the constructor, run() as often as needed,
    close(). A message is its length in decimal, a colon, and JSON."""

    def __init__(self, port, seconds=60):
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=seconds)
        self._file = self._socket.makefile("rb")
        self._number = 0
        hello = self._read()
        assert hello["marionetteProtocol"] == 3, hello
        self._ask("WebDriver:NewSession", {"acceptInsecureCerts": False})
        self._ask("Marionette:SetContext", {"value": "chrome"})
        self._ask("WebDriver:SetTimeouts", {"script": seconds * 1000})

    def _read(self):
        length = b""
        while (octet := self._file.read(1)) != b":":
            assert octet, "the program is gone"
            length += octet
        return json.loads(self._file.read(int(length)))

    def _ask(self, command, parameters):
        self._number += 1
        text = json.dumps([0, self._number, command, parameters]).encode()
        self._socket.sendall(b"%d:%s" % (len(text), text))
        kind, number, failure, result = self._read()
        assert (kind, number) == (1, self._number), (kind, number)
        if failure:
            raise Refusal(f"{failure['error']}: {failure['message']}\n{failure['stacktrace']}")
        return result

    def run(self, body, *arguments):
        """Runs the body of an asynchronous function in the main window with `args`; what it
        returns, as JSON has it."""
        answer = self._ask(
            "WebDriver:ExecuteAsyncScript",
            {
                "script": "const resolve = arguments[arguments.length - 1];"
                "const args = Array.prototype.slice.call(arguments, 0, -1);"
                f"(async () => {{ {body} }})()"
                ".then(value => resolve({value}),"
                " error => resolve({error: `${error}\\n${error?.stack}`}));",
                "args": list(arguments),
                # Objects of the window itself, not copies that expire with the script.
                "sandbox": None,
                "newSandbox": False,
            },
        )["value"]
        if "error" in answer:
            raise Refusal(answer["error"])
        return answer.get("value")

    def close(self):
        self._file.close()
        self._socket.close()
