"""`dev/demo`: see there."""

import argparse
import signal
import sys

import requests

from . import check, person
from .processes import Failed
from .stage import Stage

CHECK_SECONDS = 600  # a check that hangs is a failed check


def say(text):
    print(f"\033[1m== {text}\033[0m", flush=True)


def _too_long(*_):
    raise Failed(f"The check was not through after {CHECK_SECONDS} s; the logs are in .dev/demo/")


def _stop(*_):
    raise KeyboardInterrupt


def _checked() -> int:
    signal.signal(signal.SIGALRM, _too_long)
    signal.alarm(CHECK_SECONDS)
    with Stage(say) as stage:
        figures = check.run(stage, say)
        signal.alarm(0)
    for name, value in figures.values.items():
        print(f"   {name:42} {value}")
    for sentence in figures.missed():
        print(f"\033[31mdev/demo: {sentence}\033[0m", file=sys.stderr)
    print(figures.json(), flush=True)
    return 0 if figures.ok else 1


def main() -> int:
    parser = argparse.ArgumentParser(prog="dev/demo", add_help=False)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--every", type=float, default=7.0)
    given = parser.parse_args()
    signal.signal(signal.SIGTERM, _stop)
    try:
        if given.check:
            return _checked()
        with Stage(say, for_person=True) as stage:
            person.run(stage, say, given.every)
    except KeyboardInterrupt:
        print(flush=True)
        say("Stopped")
        return 130 if given.check else 0
    except (Failed, requests.RequestException) as failed:
        print(f"\033[31mdev/demo: {failed}\033[0m", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
