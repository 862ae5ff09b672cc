"""Cases beside a campaign: they pass, they fail with expected and got, their own mistakes are told."""

from engine.rules.language.cases import run_cases
from engine.rules.language.folder import read_folder
from engine.rules.language.read import read_campaign
from tests.rules.language.test_read import SPRING

CAMPAIGN = read_campaign(SPRING, "spring.yaml").campaign


def problems(text: str) -> list[tuple[str, ...]]:
    return [result.problems for result in run_cases([CAMPAIGN], text, "spring.cases.yaml")]


def test_a_case_passes() -> None:
    text = """\
- case: at the threshold
  basket: [{merchant: m, sku: a, price: 60.00}, {merchant: m, sku: b, price: 40.00}]
  expect: {discount: {spring: 15.00}, payable: 85.00, lines: {a: 51.00, b: 34.00}, rewards: [], lost: []}
- case: below
  basket: [{merchant: m, sku: a, price: 99.99}]
  expect: {discount: {}, refused: {spring: spend_more}}
"""
    assert problems(text) == [(), ()]


def test_a_case_that_fails_says_expected_and_got() -> None:
    text = """\
- case: wrong in every way
  basket: [{merchant: m, sku: a, price: 100.00}]
  expect:
    discount: {spring: 14.00}
    payable: 86.00
    lines: {a: 86.00}
    refused: {spring: sold_out}
    lost: [spring]
    rewards: [{points: 1}]
"""
    assert problems(text) == [
        (
            "payable: expected 86.00, got 85.00",
            "discount: expected {spring: 14.00}, got {spring: 15.00}",
            "lines: expected {a: 86.00}, got {a: 85.00}",
            "refused: expected spring: sold_out, got no refusal",
            "lost: expected ['spring'], got []",
            "rewards: expected [points 1 to payer], got []",
        )
    ]


def test_mistakes_in_cases_are_failed_cases_with_a_place() -> None:
    text = """\
- case: mistakes
  basket: [{merchant: m, sku: a, prise: 100.00}]
  expect: {}
- case: nothing expected
  basket: [{merchant: m, sku: a, price: 1.00}]
  with: [summer]
  expect: {}
"""
    told = [problem for found in problems(text) for problem in found]
    assert told == [
        "spring.cases.yaml:2:12: missing_field: basket needs 'price'.",
        "spring.cases.yaml:2:34: unknown_field: 'prise' is not a field of basket. Did you mean 'price'?",
        "spring.cases.yaml:6:9: unknown_campaign: There is no campaign 'summer' here.",
        "spring.cases.yaml:7:11: expects_nothing: The case expects nothing. Say what must come out.",
    ]


def test_two_lines_need_two_names() -> None:
    text = """\
- case: twice the same
  basket: [{merchant: m, sku: a, price: 1.00}, {merchant: m, sku: a, price: 1.00}]
  expect: {discount: {}}
"""
    told = problems(text)[0]
    assert told == (
        "spring.cases.yaml:2:48: duplicate_line: Two lines are called 'a'. Give one of them an 'id' of its own.",
    )
    assert problems(text.replace("price: 1.00}]", "price: 1.00, id: b}]")) == [()]


def test_a_campaign_without_a_case_is_a_mistake_and_cases_without_a_campaign_too() -> None:
    folder = read_folder([("spring.yaml", SPRING), ("sprung.cases.yaml", "- case: x\n")])
    assert [str(mistake) for mistake in folder.mistakes] == [
        "spring.yaml:1:1: no_cases: No case shows what this campaign does. Write 'spring.cases.yaml'.",
        "sprung.cases.yaml:1:1: cases_without_campaign: There is no campaign 'sprung' beside these cases. Did you mean 'spring'?",
    ]
    assert [
        mistake.code for mistake in read_folder([("spring.yaml", SPRING), ("spring.cases.yaml", "[]")]).mistakes
    ] == ["no_cases"]


def test_basket_of_a_case_keeps_the_bounds_of_a_till() -> None:
    line = "{merchant: m, sku: %s, quantity: %s, price: %s}"
    case = "- case: bounds\n  basket: [%s]\n  expect: {payable: 1.00}\n"
    at_most = [line % ("a", 1000, "10000000000.00"), line % ("b", 1, "0.01"), line % ("c", 1, "10000000000.01")]
    assert [result[0].startswith("payable: ") for result in problems(case % at_most[0])] == [True]
    assert problems(case % ", ".join(at_most[:2])) == [
        ("spring.cases.yaml:2:11: basket_too_large: The basket is worth more than any may be. Split it.",)
    ]
    assert problems(case % at_most[2]) == [
        ("spring.cases.yaml:2:54: out_of_range: A unit price is larger than any till may send. Lower it.",)
    ]
    assert "10000 must be from 1 to 9999" in problems(case % (line % ("a", 10000, "1.00")))[0][0]
    many = ", ".join(line % (f"s{n}", 1, "1.00") for n in range(201))
    assert "wrong_length" in problems(case % many)[0][0]
