"""Nothing that breaks in a handler or a drawing may reach the shopper as a traceback, or freeze the screen."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Final

from wallet_app.api import Offline, Problem
from wallet_app.look import Look
from wallet_app.words.say import knows

log: Final = logging.getLogger("wallet")


def said(look: Look, error: Exception) -> str:
    """Return what to tell the shopper about *error*: what happened and what to do."""
    if isinstance(error, Problem):
        key = f"problem.{error.code}"
        return look.say(key) if knows(look.language, key) else look.say("problem.other")
    return look.say("problem.offline" if isinstance(error, Offline) else "problem.broken")


async def guarded(work: Callable[[], Awaitable[None]]) -> Exception | None:
    """Do *work*; return what went wrong. What was not foreseen is logged with its traceback, here and nowhere else."""
    try:
        await work()
    except (Problem, Offline) as error:
        log.info("%s", error)
        return error
    except Exception as error:
        log.exception("a handler failed")
        return error
    return None
