"""Starting programs that end with the test: each is its parent's, and is told to end by its own
process id."""

import ctypes
import os
import pwd
import signal
import subprocess

_libc = ctypes.CDLL(None, use_errno=True)
PR_SET_PDEATHSIG = 1


def ends_with_the_test():
    """For preexec_fn: the kernel ends the child should this process die first."""
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def unprivileged_user():
    """Who servers run as: nobody where the tests run as root, else whoever runs them."""
    return "nobody" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name


def start(arguments, **options):
    return subprocess.Popen(
        [str(a) for a in arguments],
        stdin=options.pop("stdin", subprocess.DEVNULL),
        preexec_fn=options.pop("preexec_fn", ends_with_the_test),
        **options,
    )


def run(arguments, seconds=60, **options):
    """Runs a program to its end; stdout and stderr as text in the result."""
    return subprocess.run(
        [str(a) for a in arguments],
        stdin=subprocess.DEVNULL if "input" not in options else None,
        capture_output=True,
        text=options.pop("text", True),
        timeout=seconds,
        **options,
    )


def peak_memory(pid):
    """The most memory the process ever held, in octets (VmHWM)."""
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        for line in status:
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    raise AssertionError(f"process {pid} has no VmHWM")


def child_of(pid):
    """The one child of a process: the program that a tracer runs."""
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as children:
        (child,) = children.read().split()
    return int(child)
