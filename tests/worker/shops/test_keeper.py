"""Tokens are kept sealed, refreshed once however many find it due, and no answer is lost."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
from sqlalchemy import text

from connectors.errors import Mend, NotAuthorised, OutcomeUnknown
from connectors.sandbox.switches import SandboxSwitches
from connectors.store import shop_tokens
from connectors.store.engine import reading, writing
from connectors.store.leases import take
from connectors.tiktok.tokens import ShopTokens
from reconciliation.quantities import Instant
from reconciliation.shop_state import ShopState
from worker.shops.escrow import Escrow, Kept
from worker.shops.keeper import LEASE_S, TokenKeeper

from .keeper_rig import DAY_S, KeeperRig, refresh, refused, token


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[KeeperRig]:
    """A record in SQLite."""
    opened = KeeperRig(tmp_path)
    yield opened
    opened.engine.dispose()


@pytest.fixture
def any_rig(tmp_path: Path, database_url: str) -> Iterator[KeeperRig]:
    """A record in each kind of database."""
    opened = KeeperRig(tmp_path, database_url)
    yield opened
    opened.engine.dispose()


# -- where pairs come from --------------------------------------------------------------------


def test_what_the_settings_give_is_taken_into_the_record(rig: KeeperRig) -> None:
    """From then on a process without them opens the shop too."""
    token(rig.keeper())

    assert token(rig.keeper(alpha={})) == rig.in_force()


def test_what_an_earlier_release_left_is_sealed_and_blanked(rig: KeeperRig) -> None:
    """Its pair is newer than the settings', and stands in clear nowhere afterwards."""
    with writing(rig.engine) as connection:
        connection.execute(
            text(
                "INSERT INTO shops (shop, access_token, access_expires_at, refresh_token, "
                "refresh_expires_at) VALUES ('alpha', 'canary-a', 1.9e9, 'canary-r', 1.9e9)"
            )
        )
    opened = rig.keeper().open("alpha").row
    with reading(rig.engine) as connection:
        left = connection.execute(text("SELECT access_token, refresh_token FROM shops")).all()

    assert (opened.pair.access_token, [tuple(row) for row in left]) == ("canary-a", [("", "")])
    assert opened.refresh_due_at == rig.now  # so that what stood in clear is void soon


def test_another_pair_in_the_settings_is_taken_again(rig: KeeperRig) -> None:
    """Whoever consents anew and writes the new pair there is not left with the old one."""
    token(rig.keeper())
    rig.now += 1
    rig.world.tokens.grant("alpha", rig.now)

    assert token(rig.keeper(alpha=rig.given("alpha"))) == rig.in_force()


def test_the_same_pair_in_the_settings_does_not_undo_a_refresh(rig: KeeperRig) -> None:
    """A process that starts with the settings of yesterday takes what was refreshed since."""
    settings = rig.given("alpha")
    refresh(rig.keeper(alpha=settings))

    assert token(rig.keeper(alpha=settings)) == rig.in_force()


def test_a_process_with_older_settings_does_not_bring_its_pair_back(rig: KeeperRig) -> None:
    """Two releases run side by side for a while, and each has its own."""
    old = rig.keeper()
    token(old)
    rig.now += 1
    rig.world.tokens.grant("alpha", rig.now)
    token(rig.keeper(alpha=rig.given("alpha")))

    assert token(old) == rig.in_force()


def test_another_pair_in_the_settings_opens_a_shop_that_was_shut(rig: KeeperRig) -> None:
    """Whoever gives one has had the seller consent anew."""
    keeper = rig.keeper()
    keeper.judged(keeper.open("alpha").row, refused(Mend.CONSENT, 101000))
    before = rig.state()
    rig.world.tokens.grant("alpha", rig.now)
    token(rig.keeper(alpha=rig.given("alpha")))

    assert (before, rig.state()) == (ShopState.REVOKED, ShopState.AUTHORISED)


def test_of_many_that_take_a_pair_in_none_undoes_a_refresh(any_rig: KeeperRig) -> None:
    """The one that is late finds the row, and what was refreshed since."""
    late, first = any_rig.keeper(), any_rig.keeper(machine="two")
    given = late.given_by_settings("alpha")
    refresh(first)

    assert late.adopt("alpha", given).pair.access_token == any_rig.in_force()


def test_a_shop_that_nothing_opens_says_what_to_do(rig: KeeperRig) -> None:
    """It names both ways."""
    with pytest.raises(NotAuthorised, match=r"shop add alpha.*shops\.alpha\.access_token"):
        rig.keeper(alpha={}).open("alpha")


def test_a_pair_under_a_lost_secret_says_what_to_do(rig: KeeperRig) -> None:
    """It is not taken for a missing one."""
    token(rig.keeper(secrets=("old",)))

    with pytest.raises(NotAuthorised, match="previous_sealing_secret") as caught:
        rig.keeper(secrets=("new",)).open("alpha")
    assert caught.value.mend is Mend.CREDENTIALS


# -- one refreshes, all have it ---------------------------------------------------------------


def test_of_many_that_find_it_due_one_refreshes(any_rig: KeeperRig) -> None:
    """All others read the new row, and nobody's pair voids another's."""
    keepers = [any_rig.keeper(machine=str(number)) for number in range(4)]
    row = keepers[0].open("alpha").row
    together = Barrier(len(keepers))

    def at_once(keeper: TokenKeeper) -> None:
        together.wait()
        keeper.refresh(row)

    with ThreadPoolExecutor(len(keepers)) as threads:
        list(threads.map(at_once, keepers))

    assert any_rig.asked == ["alpha"]
    assert [token(keeper) for keeper in keepers] == [any_rig.in_force()] * 4


def test_while_another_has_the_lease_nobody_refreshes(rig: KeeperRig) -> None:
    """The row comes back as it was."""
    keeper = rig.keeper()
    row = keeper.open("alpha").row
    with writing(rig.engine) as connection:
        name = f"tokens/{row.given_mark}"
        take(connection, name, holder="other", now=Instant(rig.now), for_s=LEASE_S)

    assert keeper.refresh(row) == row
    assert rig.asked == []


def test_one_that_comes_late_takes_the_new_row(rig: KeeperRig) -> None:
    """The lease is free again, and the pair that was due is not the newest any more."""
    keeper = rig.keeper()
    row = keeper.open("alpha").row
    keeper.refresh(row)

    assert keeper.refresh(row).pair.access_token == rig.in_force()
    assert rig.asked == ["alpha"]


def test_shops_of_one_consent_are_refreshed_together(any_rig: KeeperRig) -> None:
    """A refresh for one voids the pair of both, so both get the new one."""
    keeper = any_rig.keeper(
        alpha=any_rig.given("alpha"), beta=any_rig.given("beta", from_shop="alpha")
    )
    token(keeper, "beta")
    refresh(keeper, "alpha")

    assert token(keeper, "beta") == any_rig.in_force("alpha")
    assert keeper.open("beta").row.cipher == any_rig.world.access("beta").cipher


def test_a_new_consent_opens_all_shops_that_share_it(rig: KeeperRig) -> None:
    """They were shut together, by the same withdrawal."""
    keeper = rig.keeper(alpha=rig.given("alpha"), beta=rig.given("beta", from_shop="alpha"))
    refresh(keeper, "alpha")
    for shop in ("alpha", "beta"):
        keeper.judged(keeper.open(shop).row, refused(Mend.CONSENT, 101000))
    before = rig.state("beta")
    refresh(keeper, "alpha")

    assert (before, rig.state("beta")) == (ShopState.REVOKED, ShopState.AUTHORISED)


def test_sealing_anew_does_not_bring_an_old_pair_back(rig: KeeperRig) -> None:
    """Another process refreshed between the look and the seal."""
    row = rig.keeper(secrets=("old",)).open("alpha").row
    refresh(rig.keeper(secrets=("old",)))
    both = rig.keeper(secrets=("new", "old"))
    with writing(rig.engine) as connection:
        shop_tokens.seal_anew(connection, row, both.sealer, Instant(rig.now))

    assert token(both) == rig.in_force()


def test_a_new_secret_seals_anew(rig: KeeperRig) -> None:
    """From then on the old one is not needed any more."""
    row = rig.keeper(secrets=("old",)).open("alpha").row
    both = rig.keeper(secrets=("new", "old"))
    with writing(rig.engine) as connection:
        shop_tokens.seal_anew(connection, row, both.sealer, Instant(rig.now))

    assert token(rig.keeper(secrets=("new",))) == rig.in_force()


def test_shops_of_other_consents_keep_theirs(rig: KeeperRig) -> None:
    """Each has a pair of its own."""
    keeper = rig.keeper(alpha=rig.given("alpha"), beta=rig.given("beta"))
    before = token(keeper, "beta")
    refresh(keeper, "alpha")

    assert token(keeper, "beta") == before


def test_a_pair_is_due_a_day_ahead_of_its_end(rig: KeeperRig) -> None:
    """There is a day to mend what keeps it from being refreshed."""
    row = rig.keeper().refresh(rig.keeper().open("alpha").row)

    assert row.refresh_due_at == rig.now + 6 * DAY_S


def test_a_short_life_is_not_spent_on_refreshing(tmp_path: Path) -> None:
    """A pair that lives for an hour is due half way."""
    switches = SandboxSwitches(access_token_life_s=3_600.0)
    rig = KeeperRig(tmp_path, switches=switches)
    row = rig.keeper().refresh(rig.keeper().open("alpha").row)
    rig.engine.dispose()

    assert row.refresh_due_at == rig.now + 1_800.0


def test_a_pair_of_the_settings_may_be_at_its_end(rig: KeeperRig) -> None:
    """How long it has lived is not known: with less than a day left it is due at once."""
    given = rig.given("alpha") | {"access_expires_at": rig.now + 3_600.0}
    row = rig.keeper(alpha=given).open("alpha").row

    assert row.refresh_due_at is not None
    assert row.refresh_due_at < rig.now


# -- no answer is lost ------------------------------------------------------------------------


class Killed(BaseException):
    """The end of a process, wherever it was."""


class LastWords(Escrow):
    """What the last that its process wrote down was."""

    def keep(self, shop: str, kept: Kept, now: Instant) -> None:
        """Write the pair down, and die before the record has it."""
        super().keep(shop, kept, now)
        raise Killed


def killed_after_the_answer(rig: KeeperRig) -> TokenKeeper:
    """Return a keeper whose process dies before the record has TikTok's answer."""
    return rig.keeper(escrow=LastWords)


def killed_in_the_call(rig: KeeperRig) -> TokenKeeper:
    """Return a keeper whose process dies when TikTok has answered and it has not read it."""

    def exchange(shop: str, refresh_token: str) -> ShopTokens:
        rig.exchange(shop, refresh_token)
        raise Killed

    return rig.keeper(exchange=exchange)


def test_an_answer_that_the_record_did_not_get_is_found_again(rig: KeeperRig) -> None:
    """The next process on this machine stores it, and asks TikTok for nothing."""
    with pytest.raises(Killed):
        refresh(killed_after_the_answer(rig))
    rig.now += LEASE_S

    assert refresh(rig.keeper()) == rig.in_force()
    assert rig.asked == ["alpha"]


def test_an_answer_that_was_overtaken_is_not_brought_back(rig: KeeperRig) -> None:
    """The machine was away, and another has had the seller consent anew meanwhile."""
    with pytest.raises(Killed):
        refresh(killed_after_the_answer(rig))
    rig.now += LEASE_S
    rig.world.tokens.grant("alpha", rig.now)
    elsewhere = rig.keeper(machine="two", alpha=rig.given("alpha"))
    token(elsewhere)
    refresh(rig.keeper())

    assert token(rig.keeper()) == rig.in_force()


def test_what_was_written_down_is_sealed_and_taken_away(rig: KeeperRig) -> None:
    """On the disk it shows nothing, and once the record has it, it is gone."""
    with pytest.raises(Killed):
        refresh(killed_after_the_answer(rig))
    (written,) = (rig.folder / "one").iterdir()
    shown = written.read_text()
    rig.now += LEASE_S
    refresh(rig.keeper())

    assert rig.in_force() not in shown
    assert list((rig.folder / "one").iterdir()) == []


def test_a_refresh_whose_answer_died_leaves_a_note(rig: KeeperRig) -> None:
    """Where the old refresh token is used up, the state says why and until when there is time."""
    with pytest.raises(Killed):
        refresh(killed_in_the_call(rig))
    rig.now += LEASE_S

    with pytest.raises(NotAuthorised):
        refresh(rig.keeper())
    assert rig.state() is ShopState.EXPIRING
    assert "an earlier refresh was begun whose answer never came here" in rig.why()


def test_an_unclear_answer_leaves_the_old_pair(rig: KeeperRig) -> None:
    """It is tried again: TikTok may never have seen the request."""

    def exchange(_shop: str, _refresh_token: str) -> ShopTokens:
        raise OutcomeUnknown("no whole answer")

    before = token(rig.keeper())
    with pytest.raises(OutcomeUnknown):
        refresh(rig.keeper(exchange=exchange))

    assert token(rig.keeper()) == before
    assert refresh(rig.keeper()) == rig.in_force()


def test_an_unwritable_disk_does_not_keep_the_answer_from_the_record(rig: KeeperRig) -> None:
    """The record has it, which is what counts."""
    (rig.folder / "one").write_text("a file where the folder should be")

    assert refresh(rig.keeper()) == rig.in_force()


def test_a_refused_refresh_with_time_left_goes_on(rig: KeeperRig) -> None:
    """The access token is good for its days; a person has so long."""
    rig.world.tokens.refresh(rig.world.access("alpha").refresh_token, rig.now)
    stale = rig.given("alpha") | {"refresh_token": "used-up"}

    with pytest.raises(NotAuthorised):
        refresh(rig.keeper(alpha=stale))
    assert rig.state() is ShopState.EXPIRING


def test_a_refused_refresh_after_its_time_is_the_end(rig: KeeperRig) -> None:
    """Nothing opens the shop any more."""
    given = rig.given("alpha") | {"refresh_token": "used-up"}
    rig.now += 8 * DAY_S

    with pytest.raises(NotAuthorised):
        refresh(rig.keeper(alpha=given))
    assert rig.state() is ShopState.REVOKED
