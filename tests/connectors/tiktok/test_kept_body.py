"""Of a notification what it names and counts is kept, and nothing of any buyer."""

import json

import pytest

from connectors.tiktok.kept_body import LETTERS_MAX, kept_body
from connectors.tiktok.webhooks import read_notification


ENVELOPE = {
    "type": 1,
    "tts_notification_id": "7327112393057371910",
    "shop_id": "7494049642642441621",
    "timestamp": 1_644_412_885,
}


def kept(**data: object) -> object:
    """Return what is kept of a notification's data."""
    return json.loads(kept_body(json.dumps({**ENVELOPE, "data": data}).encode()))["data"]


def test_what_is_kept_reads_as_before() -> None:
    """The step that works it off finds the same order."""
    body = json.dumps({**ENVELOPE, "data": {"order_id": "1", "order_status": "UNPAID"}}).encode()

    assert read_notification(kept_body(body).encode()) == read_notification(body)


@pytest.mark.parametrize(
    "field",
    ["buyer_email", "recipient_address", "buyer_message", "phone_number", "content", "nickname"],
)
def test_a_field_about_a_buyer_is_not_kept(field: str) -> None:
    """Whatever TikTok comes to call it: what is not known is left out."""
    assert kept(order_id="1", **{field: "canary"}) == {"order_id": "1"}


def test_a_field_inside_another_is_judged_by_itself() -> None:
    """Lists and objects are looked through."""
    package = {"package_id": "2", "receiver": "canary", "order_id_list": ["3"]}

    assert kept(package_list=[package]) == {
        "package_list": [{"package_id": "2", "order_id_list": ["3"]}]
    }


def test_counts_are_kept() -> None:
    """Quantities and their changes, whichever there are."""
    counts = {"total_quantity": 3, "creator_locked_quantity": 1, "in_shop_delta": -1}

    assert kept(quantity_snapshot_after_change=counts) == {
        "quantity_snapshot_after_change": counts
    }


def test_a_text_that_somebody_wrote_is_not_kept() -> None:
    """Not even under a known name."""
    assert kept(order_status="a" * (LETTERS_MAX + 1)) == {"order_status": ""}


def test_numbers_are_kept_to_the_last_digit() -> None:
    """TikTok gives some ids as numbers that a float could not hold."""
    assert kept(product_id=1_729_382_561_353_664_373) == {"product_id": 1_729_382_561_353_664_373}
