"""Processes of the demonstration: started with their output in a file, and never left behind."""

import contextlib
import ctypes
import os
import signal
import socket
import subprocess
import sys
import time


class Failed(Exception):
    """A sentence for the person at the terminal."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _die_with_parent():
    """The kernel ends the child when we die, even by kill -9 (Linux alone; elsewhere `stop` must do)."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(1, signal.SIGTERM)


class Process:
    """A child in a session of its own, so that Ctrl-C reaches us first and we end it in order."""

    def __init__(self, name, command, log, *, env=None, stdout=None):
        self.name, self.log = name, log
        with open(log, "wb") as file:
            self._child = subprocess.Popen(
                [str(part) for part in command],
                stdin=subprocess.DEVNULL,
                stdout=stdout or file,
                stderr=file,
                env={**os.environ, **(env or {})},
                start_new_session=True,
                preexec_fn=_die_with_parent,  # noqa: PLW1509  (we start no threads before our last process)
            )

    @property
    def output(self):
        return self._child.stdout

    @property
    def running(self) -> bool:
        return self._child.poll() is None

    def check(self):
        """:raises Failed: when it has ended by itself"""
        if not self.running:
            raise Failed(f"{self.name} ended by itself. Its last words, from {self.log}:\n{self.last_words()}")

    def finish(self, seconds):
        """Wait for its end. :raises Failed: when it takes longer or fails"""
        try:
            status = self._child.wait(seconds)
        except subprocess.TimeoutExpired:
            raise Failed(f"{self.name} took longer than {seconds} s: read {self.log}") from None
        if status:
            raise Failed(f"{self.name} failed. Its last words, from {self.log}:\n{self.last_words()}")

    def last_words(self, lines=25) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])

    def stop(self, patience=10):
        if self.running:
            self._child.terminate()
            try:
                self._child.wait(patience)
            except subprocess.TimeoutExpired:
                self._child.kill()
                self._child.wait()


def wait_for(what, happened, seconds, *, pause=0.2, meanwhile=None):
    """Call `happened` until it returns something true, which is returned.

    :param what: completes the sentence "… did not happen within"
    :param meanwhile: called between two looks; may raise Failed
    :raises Failed: after `seconds`
    """
    end = time.monotonic() + seconds
    while True:
        if result := happened():
            return result
        if meanwhile:
            meanwhile()
        if time.monotonic() > end:
            raise Failed(f"{what} did not happen within {seconds:.0f} s; the logs in .dev/demo/ may say why")
        time.sleep(pause)
