from tests.checkout.town import CUCUMBER, NOODLES, TEA, Town, discounts

from engine.programs.coupon import coupon


async def test_lunch_for_two_shops_is_charged_to_the_cent(corridor: Town) -> None:
    # Worked by hand in tests/test_corridor.py: 94.00 - 9.00 tea - 5.00 first order = 80.00.
    await corridor.join("lin")
    await corridor.join("wei", balance=30000, invited_by="lin")
    payment = await corridor.paid("wei", {**NOODLES, "quantity": 2}, CUCUMBER, TEA)
    assert (payment.list_minor, payment.discount_minor, payment.paid_minor) == (9400, 1400, 8000)
    assert discounts(payment) == {"food-court-tea": 900, "welcome-5": 500}
    assert {(one.kind, one.amount) for one in payment.rewards} == {("points", 80), ("red_packet", 800), ("coupon", 1)}
    assert await corridor.balance("wei") == 30000 - 8000 + 800
    assert await corridor.points("wei") == 80
    await corridor.relay()
    assert await corridor.balance("lin") == 1000
    await corridor.assert_books()
