"""What a receiver checks with the published library: ours is accepted, nothing else of ten thousand is."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from engine.outbox.signature import new_secret, signed_headers, valid_secrets

BODY = '{"id":"evt_1","type":"payment.committed","data":{"paid_minor":3200}}'
TRIES = 2_500


def accepts(secret: str, body: str, headers: dict[str, str]) -> bool:
    try:
        Webhook(secret).verify(body, headers)
    except WebhookVerificationError:
        return False
    return True


@pytest.mark.parametrize("way", ["forged", "old", "future", "tampered"])
def test_false_webhook_is_never_accepted(way: str) -> None:
    secret, now = new_secret(), datetime.now(UTC)
    good = signed_headers("evt_1", BODY, (secret,), now)
    assert accepts(secret, BODY, good)
    for number in range(TRIES):
        body, headers = BODY, good
        if way == "forged":
            headers = signed_headers("evt_1", BODY, (new_secret(),), now)
        elif way == "old":
            headers = signed_headers("evt_1", BODY, (secret,), now - timedelta(seconds=302 + number))
        elif way == "future":
            headers = signed_headers("evt_1", BODY, (secret,), now + timedelta(seconds=400 + number))
        elif number % 3 == 0:
            place = secrets.randbelow(len(BODY))
            body = BODY[:place] + chr(ord(BODY[place]) ^ 1) + BODY[place + 1 :]
        else:
            name = ("webhook-id", "webhook-timestamp")[number % 2]
            headers = {**good, name: good[name][:-1] + ("1" if good[name][-1] != "1" else "2")}
        assert not accepts(secret, body, headers), (way, number)


def test_secret_has_the_published_form_and_length() -> None:
    import base64

    secret = new_secret()
    assert secret.startswith("whsec_")
    assert 24 <= len(base64.b64decode(secret.removeprefix("whsec_"))) <= 64


@pytest.mark.parametrize(("seconds", "count"), [(-1, 2), (0, 1), (1, 1)])
def test_old_secret_signs_until_its_time_is_over(seconds: int, count: int) -> None:
    until = datetime(2027, 1, 1, tzinfo=UTC)
    row = {"secret": "new", "previous_secret": "old", "previous_until": int(until.timestamp()) * 1_000_000}
    assert valid_secrets(row, until + timedelta(seconds=seconds)) == ("new", "old")[:count]
