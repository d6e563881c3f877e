"""A process that kills itself at its n-th statement: a crash at a place that can be named and repeated."""

from __future__ import annotations

import os
import signal
import traceback
from collections.abc import Callable
from typing import Any

from django.db import connection, connections


def killed_after(statements: int, work: Callable[[], Any]) -> int:
    """Do `work` in a forked process that gets SIGKILL at its n-th statement; returns its exit status, 0 if it ended."""
    connections.close_all()
    child = os.fork()
    if child:
        return os.waitpid(child, 0)[1]
    left = statements

    def count(execute: Any, sql: Any, params: Any, many: bool, context: Any) -> Any:
        nonlocal left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return execute(sql, params, many, context)

    status = 1  # an error of the work itself is neither a kill nor an end
    try:
        with connection.execute_wrapper(count):
            work()
        status = 0
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(status)
