"""Sending a sign-in code by SMS: what every sender looks like, and the sandbox that shows the code instead."""

from __future__ import annotations

from typing import Protocol

from engine.errors import Unavailable


class Sms(Protocol):
    """Sends text messages."""

    async def send_code(self, phone: str, digits: str) -> str | None:
        """Send *digits* to *phone* (E.164); a sandbox returns them, to be shown, others None.

        Raises: Unavailable ``sms_unavailable``.
        """
        ...


class SandboxSms:
    """Shows the code. Set ``fails`` to play an SMS gateway that is down."""

    def __init__(self) -> None:
        """Work until told otherwise."""
        self.fails = False

    async def send_code(self, phone: str, digits: str) -> str | None:  # noqa: ARG002 - nothing is sent
        """Return *digits*."""
        if self.fails:
            raise Unavailable("sms_unavailable", "The SMS could not be sent. Ask for a code again in a moment.")
        return digits


class NoSms:
    """A deployment without an SMS gateway: nobody can sign in, and it says so."""

    async def send_code(self, phone: str, digits: str) -> str | None:  # noqa: ARG002 - nothing is sent
        """Raise Unavailable ``sms_unavailable``."""
        raise Unavailable("sms_unavailable", "This deployment has no SMS gateway. Tell whoever runs it.")
