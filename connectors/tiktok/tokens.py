"""The tokens that let us into shops: got with a seller's consent, refreshed before they expire.

These calls are not signed, and carry their secrets in the query string (API page, section 2).
So nothing of the query, and no value of the answer, may appear in an error or a record.
"""

from dataclasses import dataclass, field

import httpx

from connectors.errors import AnswerUnreadable, Mend, NotAuthorised, OutcomeUnknown, RequestRefused
from connectors.http_client import HttpAnswer, HttpClient, HttpRequest
from reconciliation.quantities import Instant

from .access import AUTH_URL, AppAccess, require_visible
from .codes import REMEDIES
from .json_parts import JsonPart
from .wire import SERVICE, data_of, guarded


INSTANT_MIN = 10**9
"""A moment of 2001. TikTok's `*_expire_in` are moments; less would be a duration (section 2)."""

_GET = ("get_token", "/api/v2/token/get", "auth_code", "authorized_code")
_REFRESH = ("refresh_token", "/api/v2/token/refresh", "refresh_token", "refresh_token")


@dataclass(frozen=True, slots=True, kw_only=True)
class ShopTokens:
    """The pair of tokens of one consent, and until when each holds. Store both together.

    A refresh returns a new refresh token too: the old one may be void from then on. `open_id`
    names the consent, however many shops it opens; `scopes` is what it covers, None where TikTok
    does not say.
    """

    access_token: str = field(repr=False)
    access_expires_at: Instant
    refresh_token: str = field(repr=False)
    refresh_expires_at: Instant
    open_id: str = ""
    scopes: frozenset[str] | None = None

    def __post_init__(self) -> None:
        """Refuse unprintable tokens, without showing them, and durations in place of moments."""
        require_visible("access token", self.access_token)
        require_visible("refresh token", self.refresh_token)
        if min(self.access_expires_at, self.refresh_expires_at) < INSTANT_MIN:
            raise ValueError(f"the tokens' expiries must be moments, not durations: {self}")

    def holds_until(self, instant: Instant) -> bool:
        """Whether the access token is still good at `instant`."""
        return instant < self.access_expires_at


def get_tokens(
    http: HttpClient, app: AppAccess, auth_code: str, *, base_url: str = AUTH_URL
) -> ShopTokens:
    """Exchange the code of a seller's consent: good for 30 minutes, and once.

    Raises `NotAuthorised` where TikTok refuses the code, `OutcomeUnknown` where no clean answer
    came: the code may be used up, and the seller may have to consent again.
    """
    return _tokens(http, app, _GET, auth_code, base_url)


def refresh_tokens(
    http: HttpClient, app: AppAccess, refresh_token: str, *, base_url: str = AUTH_URL
) -> ShopTokens:
    """Exchange a refresh token for a new pair.

    Raises `NotAuthorised` where TikTok refuses it, `OutcomeUnknown` where no clean answer came:
    then the old pair is to be kept and tried again.
    """
    return _tokens(http, app, _REFRESH, refresh_token, base_url)


def _tokens(
    http: HttpClient, app: AppAccess, kind: tuple[str, str, str, str], secret: str, base_url: str
) -> ShopTokens:
    operation, path, parameter, grant = kind
    request = HttpRequest(
        service=SERVICE,
        operation=operation,
        method="GET",
        url=base_url.rstrip("/") + path,
        query=(
            ("app_key", app.app_key),
            ("app_secret", app.app_secret),
            (parameter, secret),
            ("grant_type", grant),
        ),
        is_write=True,  # a GET that uses up what it is given: never repeated unasked
    )
    return http.call(request, guarded(_read, is_write=True, secrets=(app.app_secret, secret)))


def _read(answer: HttpAnswer) -> ShopTokens:
    try:
        part = data_of(answer, is_write=True, secret=True).part
    except (RequestRefused, OutcomeUnknown) as error:
        if not _is_refusal(error, answer):
            raise
        refused = NotAuthorised(
            error.message, mend=Mend.CONSENT, code=error.code, request_id=error.request_id
        )
    else:
        return _pair(part)
    raise refused


def _is_refusal(error: RequestRefused | OutcomeUnknown, answer: HttpAnswer) -> bool:
    # TikTok's codes for a bad auth code or refresh token are not documented. So any code is one,
    # unless it is known to be something else, or the status says that TikTok itself failed.
    if isinstance(error, RequestRefused):
        return error.code != 0
    return error.code not in (0, *REMEDIES) and not httpx.codes.is_server_error(answer.status)


def _pair(part: JsonPart) -> ShopTokens:
    try:
        return ShopTokens(
            access_token=part.text("access_token"),
            access_expires_at=part.instant("access_token_expire_in"),
            refresh_token=part.text("refresh_token"),
            refresh_expires_at=part.instant("refresh_token_expire_in"),
            open_id=part.identity("open_id", ""),
            scopes=part.words_if_any("granted_scopes"),
        )
    except ValueError as fault:
        raise AnswerUnreadable(f"{part.path}: {fault}") from None
