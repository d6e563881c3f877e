"""The embedded stack from the command line: up, demo, lifecycle, run, status."""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import FrameType

from tokenization.local.accounts import remove
from tokenization.local.folder import DataFolder
from tokenization.local.parts import ROOT
from tokenization.local.processes import PartFailed
from tokenization.local.stack import Stack

MANAGE = [sys.executable, "manage.py"]


class Stopped(BaseException):
    """A signal asked us to stop; not an Exception, so that nothing on the way swallows it."""


def say(line: str) -> None:
    """Progress for people. A terminal that died must not keep the parts from being stopped."""
    try:
        print(f"{time.strftime('%H:%M:%S')}  {line}", flush=True)
    except OSError:
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115


def stop_on_signals() -> None:
    """The first SIGINT, SIGTERM or SIGHUP raises Stopped; while stopping, further ones change nothing."""

    def handle(number: int, frame: FrameType | None) -> None:
        for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(each, signal.SIG_IGN)
        raise Stopped(signal.Signals(number).name)

    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, handle)


def show_addresses(stack: Stack) -> None:
    web = stack.plan.addresses()["web"] if stack.plan else ""
    say(f"officers    {web}office/")
    say(f"investors   {web}portal/")
    say(f"auditors    {web}assurance/")
    say(f"everybody   {web}public/")
    say(f"API         {web}api/v1/")
    say(f"chain       {stack.env()['CHAIN_RPC_URL']}")
    say(f"a command   .venv/bin/python -m tokenization.local run --data {stack.folder.root} -- python manage.py shell")


def up(wish: argparse.Namespace) -> int:
    with Stack(wish.data, rehearsal=wish.rehearsal, web_port=wish.port, say=say, until=wish.until) as stack:
        show_addresses(stack)
        say("ready; Ctrl-C stops everything and the next start goes on from here")
        stack.watch()
    return 0


def demo(wish: argparse.Namespace) -> int:
    with Stack(wish.data, rehearsal=True, web_port=wish.port, say=say) as stack:
        show_addresses(stack)
        for case in wish.cases:
            status = stack.run([*MANAGE, "lifecycle", "--case", case], rehearsal=True)
            say(f"the life of case {case} " + ("is complete" if status == 0 else f"ended with status {status}"))
        stack.run([*MANAGE, "sign_ins"], rehearsal=True)
        show_addresses(stack)
        say(f"a tour      {stack.plan.addresses()['web'] if stack.plan else ''}tour/")
        say("ready; Ctrl-C stops everything and the next `make demo` goes on from here")
        stack.run([*MANAGE, "outside_world"], rehearsal=True)
        stack.watch()
    return 0


def lifecycle(wish: argparse.Namespace) -> int:
    """Headless: progress goes to standard error, so that standard output ends with the command's JSON line."""

    def aside(line: str) -> None:
        print(f"{time.strftime('%H:%M:%S')}  {line}", file=sys.stderr, flush=True)

    with Stack(wish.data, rehearsal=True, say=aside) as stack:
        status = stack.run([*MANAGE, "lifecycle", "--case", wish.case], rehearsal=True)
    if wish.discard and status == 0:
        remove(wish.data)
    return status


def run(wish: argparse.Namespace) -> int:
    content = DataFolder(wish.data).published()
    environment = {**os.environ, **content["environment"], **(content["rehearsal"] if wish.rehearsal else {})}
    environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environment.get('PATH', '')}"
    return subprocess.run(wish.command, cwd=ROOT, env=environment, check=False).returncode  # noqa: S603


def status(wish: argparse.Namespace) -> int:
    content = DataFolder(wish.data).published()
    for name, facts in content["parts"].items():
        print(f"{name:18} pid {facts['pid'] or '-':<8} {facts['log']}")
    for name, address in content["addresses"].items():
        print(f"{name:18} {address}")
    return 0


def arguments() -> argparse.ArgumentParser:
    reader = argparse.ArgumentParser(prog="python -m tokenization.local", description=__doc__)
    commands = reader.add_subparsers(required=True)
    for function in (up, demo, lifecycle, run, status):
        command = commands.add_parser(function.__name__, help=function.__doc__)
        command.set_defaults(function=function)
        command.add_argument("--data", type=Path, required=True, help="folder that holds everything the stack keeps")
        if function in (up, demo):
            command.add_argument("--port", type=int, default=0, help="port of the web server (default 8000 if free)")
        if function is up:
            command.add_argument("--until", default="", help="start no more than this step, e.g. servers or signers")
        if function in (up, run):
            command.add_argument("--rehearsal", action="store_true", help="with the outside world of a rehearsal")
        if function is demo:
            command.add_argument("--cases", nargs="+", default=["bill", "reserve", "open"], help="lives, in this order")
        if function is lifecycle:
            command.add_argument("--case", default="bill")
        if function is lifecycle:
            command.add_argument("--discard", action="store_true", help="remove the folder if all went well")
        if function is run:
            command.add_argument("command", nargs="+")
    return reader


def main() -> int:
    wish = arguments().parse_args()
    if wish.function not in (run, status):
        stop_on_signals()
    try:
        return int(wish.function(wish))
    except PartFailed as error:
        print(f"{error}", file=sys.stderr)
        return 1
    except Stopped as reason:
        say(f"stopped by {reason}")
        return 0 if wish.function in (up, demo) else 1


if __name__ == "__main__":
    sys.exit(main())
