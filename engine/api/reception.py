"""What the edge holds beside the desk: the SMS sender, the deployment's secret, those who wait for events."""

from __future__ import annotations

from engine.desk import Desk
from engine.programs.feed import Waiters
from engine.programs.signing import Signing, signing_script
from engine.programs.sms import NoSms, SandboxSms, Sms


class Reception:
    """One per process."""

    def __init__(self, desk: Desk, sms: Sms | None = None) -> None:
        """Serve *desk*; without *sms* the sandbox, where the settings say so."""
        self._desk = desk
        self._signing: Signing | None = None
        self.sms: Sms = sms or (SandboxSms() if desk.settings.sandbox else NoSms())
        self.waiters = Waiters()

    async def signing(self) -> Signing:
        """Return the deployment's secret, read once."""
        if self._signing is None:
            self._signing = await self._desk.database.write(signing_script(self._desk.settings.tenant_id))
        return self._signing
