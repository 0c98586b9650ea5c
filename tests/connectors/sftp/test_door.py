"""Who is let in: by a key that is good now and from here, by modern algorithms, where is room."""

import asyncio
import socket
from pathlib import Path

import asyncssh
import pytest
from structlog.testing import capture_logs

from connectors.sftp.algorithms import CIPHERS, KEY_EXCHANGES, MACS, SIGNATURES
from connectors.sftp.hall import HallLimits
from connectors.sftp.partner_keys import PartnerKey
from reconciliation.quantities import later

from .drop_rig import STOCK, Drop, Partner, connected, dropped_at, eventually, now, send, session


pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])


def knock(drop: Drop, partner: Partner, *, key: asyncssh.SSHKey | None = None) -> None:
    """Log in and leave. Raises what keeps somebody out."""

    async def log_in() -> None:
        async with session(drop, partner) if key is None else connected(drop, partner, key=key):
            pass

    asyncio.run(log_in())


def test_a_good_key_opens(drop: Drop, north: Partner) -> None:
    """And the login is told of."""
    knock(drop, north)

    assert drop.logins == [("north", "opened")]


def test_each_of_several_keys_opens(drop: Drop, north: Partner) -> None:
    """People and machines of one partner have their own."""
    second = asyncssh.generate_private_key("ecdsa-sha2-nistp384")
    north.keys.append(PartnerKey(fingerprint=second.get_fingerprint()))

    knock(drop, north)
    knock(drop, north, key=second)

    assert drop.logins == [("north", "opened")] * 2


def with_terms(partner: Partner, *, expired: bool = False, networks: tuple[str, ...] = ()) -> None:
    """Have the partner's key only open on terms."""
    ends = later(now(), -1.0 if expired else 60.0)
    fingerprint = partner.key.get_fingerprint()
    partner.keys[:] = [PartnerKey(fingerprint=fingerprint, expires_at=ends, networks=networks)]


def test_an_expired_key_does_not_open(drop: Drop, north: Partner) -> None:
    """From the very moment on."""
    with_terms(north, expired=True)

    with pytest.raises(asyncssh.PermissionDenied):
        knock(drop, north)


def test_a_key_does_not_open_from_elsewhere(drop: Drop, north: Partner) -> None:
    """Where it says from where."""
    with_terms(north, networks=("203.0.113.0/24", "2001:db8::/32"))

    with pytest.raises(asyncssh.PermissionDenied):
        knock(drop, north)


def test_a_refused_key_is_told_with_where_it_came_from(drop: Drop, north: Partner) -> None:
    """What stands between may show another address than the partner's: a person has to see."""
    with_terms(north, networks=("203.0.113.0/24",))

    with capture_logs() as logged, pytest.raises(asyncssh.PermissionDenied):
        knock(drop, north)

    (told,) = (each for each in logged if each["event"] == "key_refused")
    assert (told["partner"], told["address"]) == ("north", "127.0.0.1")
    assert told["fingerprint"] == north.key.get_fingerprint()


def test_a_key_opens_from_where_it_says(drop: Drop, north: Partner) -> None:
    """One network of several is enough."""
    with_terms(north, networks=("203.0.113.0/24", "127.0.0.0/8"))

    knock(drop, north)

    assert drop.logins == [("north", "opened")]


def test_another_partners_key_does_not_open(tmp_path: Path) -> None:
    """A key is good for its own name only."""
    north, south = Partner("north"), Partner("south", feeds={"south": "*"})

    with (
        dropped_at(Drop(tmp_path, [north, south])) as drop,
        pytest.raises(asyncssh.PermissionDenied),
    ):
        knock(drop, north, key=south.key)


def test_nobody_learns_which_partners_there_are(drop: Drop) -> None:
    """An unknown name is refused as a known one with a wrong key is."""
    stranger = Partner("stranger")

    with pytest.raises(asyncssh.PermissionDenied):
        knock(drop, stranger)
    assert drop.logins == []


def test_a_key_that_is_added_opens_without_a_restart(drop: Drop, north: Partner) -> None:
    """It is asked for at each login."""
    key = asyncssh.generate_private_key("ssh-ed25519")
    with pytest.raises(asyncssh.PermissionDenied):
        knock(drop, north, key=key)

    north.keys.append(PartnerKey(fingerprint=key.get_fingerprint()))

    knock(drop, north, key=key)


def test_an_open_session_of_a_revoked_key_ends(drop: Drop, north: Partner) -> None:
    """Within seconds, and what it had not closed is not taken."""

    async def upload() -> None:
        async with connected(drop, north) as connection:
            client = await connection.start_sftp_client()
            file = await client.open("/inbox/stock.csv", "wb")
            await file.write(STOCK)
            north.keys.clear()
            await connection.wait_closed()

    asyncio.run(upload())

    assert eventually(lambda: drop.uploads == [("north", "cut")])
    assert drop.arrived() == []


@pytest.mark.parametrize("method", ["password", "keyboard-interactive", "none"])
def test_nothing_but_a_key_opens(drop: Drop, north: Partner, method: str) -> None:
    """Passwords are not even asked for."""

    async def log_in() -> None:
        async with asyncssh.connect(
            "127.0.0.1",
            drop.server.port,
            username=north.name,
            password="secret",
            client_keys=None,
            preferred_auth=method,
            known_hosts=None,
            config=None,
            agent_path=None,
        ):
            pass

    with pytest.raises(asyncssh.PermissionDenied):
        asyncio.run(log_in())


def test_the_server_proves_the_same_key_after_a_restart(tmp_path: Path) -> None:
    """Partners pin it."""
    north = Partner("north")

    def seen() -> str:
        with dropped_at(Drop(tmp_path, [north])) as drop:
            key = asyncio.run(asyncssh.get_server_host_key("127.0.0.1", drop.server.port))
            assert key is not None
            return key.get_fingerprint()

    assert seen() == seen()


# -- algorithms ---------------------------------------------------------------------------------


def offered(port: int) -> list[list[str]]:
    """The lists that the server opens with, in the order of RFC 4253 7.1."""
    with (
        socket.create_connection(("127.0.0.1", port), timeout=10) as line,
        line.makefile("rb") as lines,
    ):
        line.sendall(b"SSH-2.0-looking\r\n")
        lines.readline()
        length = int.from_bytes(lines.read(4), "big")
        packet = lines.read(length)
    rest = packet[1 + 1 + 16 :]
    found = []
    for _ in range(8):
        size = int.from_bytes(rest[:4], "big")
        found.append(rest[4 : 4 + size].decode().split(","))
        rest = rest[4 + size :]
    return found


def test_only_modern_algorithms_are_offered(drop: Drop) -> None:
    """Read from the wire; the two signs beside the exchanges say what the server understands."""
    kex, host_keys, ciphers, ciphers_back, macs, macs_back, packing, packing_back = offered(
        drop.server.port
    )
    signs = {"ext-info-s", "kex-strict-s-v00@openssh.com"}

    assert set(kex) - signs == set(KEY_EXCHANGES)
    assert host_keys == ["ssh-ed25519"]
    assert ciphers == ciphers_back == list(CIPHERS)
    assert macs == macs_back == list(MACS)
    assert packing == packing_back == ["none"]


def test_no_list_holds_what_is_broken() -> None:
    """Whatever is added to them later."""
    words = " ".join((*KEY_EXCHANGES, *CIPHERS, *MACS, *SIGNATURES))

    assert [
        each
        for each in ("sha1", "cbc", "md5", "umac-64", "arcfour", "group14", "dss")
        if each in words
    ] == []


def test_a_proof_by_sha_1_is_refused(drop: Drop, north: Partner) -> None:
    """Even of an RSA key that is long enough."""
    key = asyncssh.generate_private_key("ssh-rsa", key_size=3072)
    north.keys.append(PartnerKey(fingerprint=key.get_fingerprint()))

    async def log_in(algorithm: str) -> None:
        async with asyncssh.connect(
            "127.0.0.1",
            drop.server.port,
            username=north.name,
            client_keys=[key],
            signature_algs=[algorithm, "ssh-ed25519"],
            known_hosts=None,
            config=None,
            agent_path=None,
        ):
            pass

    asyncio.run(log_in("rsa-sha2-512"))
    with pytest.raises(asyncssh.PermissionDenied):
        asyncio.run(log_in("ssh-rsa"))


# -- room ---------------------------------------------------------------------------------------


def crowded(folder: Path, *partners: Partner, waiting_max: int = 60) -> Drop:
    """A drop with room for two sessions of a partner and three in all."""
    limits = HallLimits(per_partner_max=2, inside_max=3, waiting_max=waiting_max)
    return Drop(folder, partners, hall_limits=limits)


def test_a_partner_has_a_limit_of_sessions(tmp_path: Path) -> None:
    """The next is shown out; when the others have ended there is room again."""
    north = Partner("north")

    async def log_in(drop: Drop) -> None:
        async with connected(drop, north), connected(drop, north):
            with pytest.raises(asyncssh.Error):
                async with session(drop, north):
                    pass
        assert eventually(lambda: drop.server.hall.is_empty)
        async with session(drop, north):
            pass

    with dropped_at(crowded(tmp_path, north)) as drop:
        asyncio.run(log_in(drop))
        assert [how for _, how in drop.logins] == ["opened", "opened", "crowded", "opened"]


def test_all_together_have_a_limit_of_sessions(tmp_path: Path) -> None:
    """Whoever comes last is shown out."""
    partners = [Partner(name, feeds={name: "*"}) for name in ("a", "b")]

    async def log_in(drop: Drop) -> None:
        first, second = partners
        async with connected(drop, first), connected(drop, first), connected(drop, second):
            with pytest.raises(asyncssh.Error):
                async with session(drop, second):
                    pass

    with dropped_at(crowded(tmp_path, *partners)) as drop:
        asyncio.run(log_in(drop))
        assert drop.logins[-1] == ("b", "crowded")


def test_who_never_logs_in_makes_room(tmp_path: Path) -> None:
    """Two hundred idle connections keep no partner out."""
    north = Partner("north")
    idle = []

    with dropped_at(crowded(tmp_path, north, waiting_max=20)) as drop:
        try:
            idle += [socket.create_connection(("127.0.0.1", drop.server.port)) for _ in range(200)]
            knock(drop, north)
            # The first of them is shown out long before its time to log in has passed.
            assert ended(idle[0])
        finally:
            for line in idle:
                line.close()

    assert drop.logins == [("north", "opened")]


def ended(line: socket.socket) -> bool:
    """Tell whether the server has ended a connection, or does before long."""
    line.settimeout(10)
    try:
        while line.recv(4_096):
            pass
    except ConnectionResetError:
        return True
    except TimeoutError:
        return False
    return True


def test_a_login_has_a_time(tmp_path: Path) -> None:
    """Whoever says nothing is shown out."""
    north = Partner("north")
    drop = Drop(tmp_path, [north], login_timeout_s=0.2)

    with dropped_at(drop), socket.create_connection(("127.0.0.1", drop.server.port)) as line:
        line.settimeout(20)
        said = b""
        while more := line.recv(4_096):
            said += more

    assert said.startswith(b"SSH-2.0-")


def test_a_connection_has_a_limit_of_channels(drop: Drop, north: Partner) -> None:
    """One login is not a hundred sessions."""

    async def open_many() -> None:
        async with connected(drop, north) as connection:
            for _ in range(4):
                await connection.start_sftp_client()
            await connection.start_sftp_client()

    with pytest.raises(asyncssh.ChannelOpenError, match="at most 4"):
        asyncio.run(open_many())


def test_a_flood_does_not_keep_another_partner_waiting(tmp_path: Path) -> None:
    """While one sends without a pause, another's file is taken between its files."""
    flooding, quiet = Partner("flooding"), Partner("quiet", feeds={"quiet": "*"})

    async def flood(drop: Drop, number: int, stop: asyncio.Event) -> int:
        sent = 0
        async with session(drop, flooding) as client:
            while not stop.is_set():
                await send(client, f"/inbox/{number}.csv.tmp", STOCK * 1_000)
                sent += 1
        return sent

    async def both(drop: Drop) -> None:
        stop = asyncio.Event()
        floods = [asyncio.create_task(flood(drop, number, stop)) for number in range(6)]
        await asyncio.sleep(0.2)
        async with session(drop, quiet) as client:
            await send(client, "/inbox/stock.csv")
        stop.set()
        assert min(await asyncio.gather(*floods)) > 0

    with dropped_at(Drop(tmp_path, [flooding, quiet])) as drop:
        asyncio.run(both(drop))
        assert drop.arrived("quiet") == [("stock.csv", STOCK)]
