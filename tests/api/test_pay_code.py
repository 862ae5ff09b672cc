"""The pay code that the wallet shows is never one that was spent."""

from engine.paycode.code import NONCES
from tests.api.house import House


async def test_every_code_of_half_a_minute_is_fresh_until_none_is_left(sqlite_house: House) -> None:
    await sqlite_house.member("lin", "13800000001", balance=1_000_000)
    codes = set()
    for _ in range(NONCES):
        order = await sqlite_house.order("lin")
        paid = await sqlite_house.post("/v1/payments", order, "noodle-house")
        assert paid.status_code == 201, paid.text
        codes.add(order["pay_code"])
    assert len(codes) == NONCES
    none_left = await sqlite_house.get("/v1/me/pay-code", "lin")
    assert (none_left.status_code, none_left.json()["code"]) == (503, "busy")
