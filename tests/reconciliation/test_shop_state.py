"""A shop's state follows the table, and ends by what proves its cause gone."""

import pytest

from reconciliation.shop_state import (
    ENDED_BY_AN_ANSWER,
    REMEDIES,
    STEPS,
    WRITES_IN,
    ShopState,
    Sign,
    after,
    remedy,
)


REFUSALS = (Sign.REFUSED, Sign.ADDRESS_REFUSED, Sign.SCOPE_MISSING, Sign.REVOKED)


def test_every_state_has_a_step_for_every_sign() -> None:
    """Whatever TikTok says, the table knows what follows."""
    assert all(set(STEPS[state]) == set(Sign) for state in ShopState)


@pytest.mark.parametrize("state", ShopState)
@pytest.mark.parametrize("sign", REFUSALS)
def test_no_refusal_leaves_a_shop_open(state: ShopState, sign: Sign) -> None:
    """From whichever state."""
    assert after(state, sign) not in WRITES_IN


@pytest.mark.parametrize("state", ShopState)
def test_a_new_consent_opens_every_shop(state: ShopState) -> None:
    """No state is a dead end."""
    assert after(state, Sign.CONSENTED) is ShopState.AUTHORISED


@pytest.mark.parametrize("state", [ShopState.SCOPE_MISSING, ShopState.REVOKED])
@pytest.mark.parametrize("sign", [Sign.ANSWERED, Sign.REFUSED, Sign.ADDRESS_REFUSED])
def test_what_ends_by_consent_is_not_ended_by_an_answer(state: ShopState, sign: Sign) -> None:
    """Not even by way of a refusal that an answer would end."""
    assert after(after(state, sign), Sign.ANSWERED) is state


def test_a_missing_scope_is_not_mended_by_a_refresh() -> None:
    """A refresh brings the same scopes again (API page, section 2)."""
    assert after(ShopState.SCOPE_MISSING, Sign.REFRESHED) is ShopState.SCOPE_MISSING


def test_a_consent_that_ends_soon_is_still_written_to() -> None:
    """And a good answer does not hide that it ends."""
    assert after(ShopState.AUTHORISED, Sign.ENDS_SOON) in WRITES_IN
    assert after(ShopState.EXPIRING, Sign.ANSWERED) is ShopState.EXPIRING


def test_a_good_answer_ends_what_refuses_every_call() -> None:
    """Wrong credentials and addresses are mended outside, and nobody tells us."""
    assert {ShopState.UNCONNECTED, ShopState.REFUSED, ShopState.ADDRESS_REFUSED} == (
        ENDED_BY_AN_ANSWER
    )


def test_every_state_but_the_good_one_has_a_remedy() -> None:
    """It names the shop where it names a command."""
    assert {state for state in ShopState if not REMEDIES[state]} == {ShopState.AUTHORISED}
    assert "shop add us" in remedy(ShopState.REVOKED, "us")
