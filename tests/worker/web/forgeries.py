"""Requests that TikTok never sent: a genuine one with something about it changed."""

import random
from collections.abc import Callable, Sequence
from dataclasses import replace

from .rig import NOW, Post, signed, told


Mutation = Callable[[Post, random.Random], Post]

GENUINE = tuple(told(number, timestamp=int(NOW) - number) for number in range(64))
"""What is forged from; every one would be taken as it is."""

ODD_BYTES = ("é", "\u0661", "\uff10", "\U0001f600", "\x00", "\x7f", "\u200b")
"""Letters outside ASCII, other scripts' digits, invisible ones."""

LENGTHS = (b"0", b"1", b"-1", b"1e3", b"", b"99999999999999999999999", b"0x10", b"\xd9\xa1")
"""What a liar announces."""


def _flip(text: bytes, rng: random.Random) -> bytes:
    changed = bytearray(text)
    changed[rng.randrange(len(changed))] ^= 1 << rng.randrange(8)
    return bytes(changed)


def _cut(text: bytes, rng: random.Random) -> bytes:
    return text[: rng.randrange(len(text))]


def _insert(text: bytes, rng: random.Random) -> bytes:
    place = rng.randrange(len(text) + 1)
    return text[:place] + rng.choice(ODD_BYTES).encode() + text[place:]


def _of_body(change: Callable[[bytes, random.Random], bytes]) -> Mutation:
    return lambda post, rng: replace(post, body=change(post.body, rng))


def _of_signature(change: Callable[[bytes, random.Random], bytes]) -> Mutation:
    return lambda post, rng: replace(post, signature=change(post.signature or b"", rng))


def _other_secret(post: Post, rng: random.Random) -> Post:
    secret = rng.choice(["topsecre", "topsecrett", "Topsecret", "", "topsecret ", "123abc"])
    return replace(post, signature=signed(post.body, secret=secret))


def _other_app(post: Post, rng: random.Random) -> Post:
    app_key = rng.choice(["", "123abd", "123ab", "123abc{", "topsecret"])
    return replace(post, signature=signed(post.body, app_key=app_key))


def _other_body(post: Post, rng: random.Random) -> Post:
    others = [body for body in GENUINE if body != post.body]
    return replace(post, body=rng.choice(others))


def _dressed(signature: bytes, rng: random.Random) -> bytes:
    before = rng.choice([b"Bearer ", b"sha256=", b" ", b"\t", b"t=1,s="])
    return rng.choice([before + signature, signature + b" ", signature + b"," + signature])


def _upper(signature: bytes, _rng: random.Random) -> bytes:
    return signature.upper()


def _nothing(_signature: bytes, rng: random.Random) -> bytes:
    return rng.choice([b"", b"0" * 64, b"null", b"\xff" * 64, b"0" * 100_000])


def _unsigned(post: Post, _rng: random.Random) -> Post:
    return replace(post, signature=None)


def _elsewhere(post: Post, rng: random.Random) -> Post:
    name = rng.choice([b"Authorization", b"AUTHORIZATION", b"x-signature", b"tiktok-signature"])
    return replace(post, signature=None, headers=((name, post.signature or b""),))


def _twice(post: Post, rng: random.Random) -> Post:
    other = rng.choice([post.signature or b"", b"0" * 64])
    return replace(post, headers=((b"authorization", other),))


def _huge(post: Post, rng: random.Random) -> Post:
    return replace(post, body=post.body + b" " * rng.choice([9_000, 20_000]))


def _torn(post: Post, _rng: random.Random) -> Post:
    return replace(post, is_cut=True)


MUTATIONS: Sequence[Mutation] = (
    _of_body(_flip),
    _of_body(_cut),
    _of_body(_insert),
    _of_signature(_flip),
    _of_signature(_cut),
    _of_signature(_insert),
    _of_signature(_dressed),
    _of_signature(_upper),
    _of_signature(_nothing),
    _other_secret,
    _other_app,
    _other_body,
    _unsigned,
    _elsewhere,
    _twice,
    _huge,
    _torn,
)


def forgery(rng: random.Random) -> Post:
    """Return a request with one thing about it wrong, however its body is cut and announced."""
    body = rng.choice(GENUINE)
    forged = rng.choice(MUTATIONS)(Post(body=body, signature=signed(body)), rng)
    if rng.random() < 0.3:
        forged = replace(forged, chunks=_pieces(forged.body, rng))
    if rng.random() < 0.2:
        lie = (b"content-length", rng.choice(LENGTHS))
        forged = replace(forged, headers=(*forged.headers, lie))
    return forged


def _pieces(body: bytes, rng: random.Random) -> tuple[bytes, ...]:
    """Cut a body anywhere, with empty pieces among the others."""
    cuts = sorted(rng.randrange(len(body) + 1) for _ in range(rng.randrange(1, 6)))
    return tuple(
        body[begin:end] for begin, end in zip((0, *cuts), (*cuts, len(body)), strict=True)
    )


def malformed(rng: random.Random) -> bytes:
    """Return a body that is no notification, such as TikTok itself would have to have signed."""
    good = rng.choice(GENUINE)
    changed: dict[str, object] = rng.choice(ODD_ENVELOPES)
    return rng.choice(
        [
            told(7, **changed),
            good.decode().encode("utf-16"),
            good.decode().encode("utf-32-le"),
            good + b"\x00",
            good[:-1],
            good.replace(b":1,", b":NaN,", 1),
            b"[" * 3_000,
            b'{"a":' * 1_000,
            b"\xff\xfe" + good,
            b"",
            b"null",
            b"[]",
            b'"' + b"a" * 100 + b'"',
            b"1" * 6_000,
        ]
    )


ODD_ENVELOPES: Sequence[dict[str, object]] = (
    {"type": "1"},
    {"type": True},
    {"type": 1.0},
    {"type": -1},
    {"type": 2**31},
    {"type": None},
    {"type": []},
    {"timestamp": None},
    {"timestamp": "soon"},
    {"timestamp": -5},
    {"timestamp": 1_700_000_000_000},
    {"timestamp": "9" * 5_000},
    {"shop_id": ["1"]},
    {"shop_id": 1.5},
    {"shop_id": "a\ud800"},
    {"shop_id": "1" * 200},
    {"tts_notification_id": "nul\x00"},
    {"tts_notification_id": {"a": 1}},
    {"tts_notification_id": "\u0661"},
    {"data": None},
    {"data": []},
    {"data": "order"},
    {"data": {}},
    {"data": {"order_id": "576 486"}},
    {"data": {"order_id": 1.5}},
    {"data": {"order_id": True}},
)
"""Parts of an envelope as TikTok never writes them; None leaves the part out."""
