"""Several operators edit the campaigns at once (C-09): each edit is live or its publisher is told; none is lost."""

from __future__ import annotations

import asyncio
from pathlib import Path

from tests.faults.crowd import MANGO_FLASH, client_of
from tests.live import serving, set_up

PUBLISHERS = 6
ROUNDS = 5


def file_of(name: str, number: int) -> dict[str, str]:
    text = MANGO_FLASH.replace("mango-flash", name).replace("UNITS_PER_USE", "1")
    return {"name": f"{name}.yaml", "text": text.replace("LIMITS", f"units: {{total: {number}}}")}


async def test_edits_at_once_are_live_or_told_and_never_lost(database_url: str, tmp_path: Path) -> None:
    set_up(database_url, tmp_path)
    live: dict[str, str] = {}
    conflicts = revision = 0
    with serving(database_url, tmp_path) as server:
        async with client_of(server, server.keys["operator"]) as operator:
            for number in range(1, ROUNDS + 1):
                files = [file_of(f"flash-{one}", number) for one in range(PUBLISHERS)]
                answers = await asyncio.gather(
                    *(
                        operator.post(
                            "/v1/operator/campaigns",
                            json={"files": [file], "replace_all": False},
                            headers={"Idempotency-Key": f"{number}-{file['name']}"},
                        )
                        for file in files
                    )
                )
                for file, answer in zip(files, answers, strict=True):
                    if answer.status_code == 200:
                        live[file["name"].removesuffix(".yaml")] = file["text"]
                        revision += 1
                    else:
                        assert (answer.status_code, answer.json()["code"]) == (409, "version_conflict")
                        conflicts += 1
                shown = (await operator.get("/v1/operator/campaigns")).json()
                assert shown["revision"] == revision
                assert {one["campaign_id"] for one in shown["items"]} == live.keys()
        assert conflicts > 0
        assert server.audit()["findings"] == []
