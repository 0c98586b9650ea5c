"""The settings: every section with its types, bounds and defaults, valid when made.

Making `Settings` reads nothing from outside: `settings_loading.load_settings` gathers file,
environment and secrets. What the guard may do is not defined here but in
`reconciliation.policy`, whose values are sections as they are.
"""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, TypeAlias, get_type_hints
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    Field,
    SecretStr,
    StringConstraints,
    create_model,
    field_serializer,
)
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)
from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from connectors.tiktok.access import API_URL, AUTH_URL, require_visible
from connectors.tiktok.quota import TIKTOK_CALLS_PER_S
from reconciliation.policy import Assumptions, GuardPolicy, Override
from reconciliation.quantities import SkuCase

from .authorisation import AuthorisationSettings
from .faults import SettingFault
from .feeds import FeedSettings, PartnerSettings, WarehouseSettings
from .processes import MetricsSettings, QueueSettings, RiskSettings, WebSettings
from .section import Section
from .sftp import SftpSettings


PREFIX = "OVERSELL_GUARD_"
"""What the name of each environment variable begins with."""

NESTING = "__"
"""What parts sections and keys in the name of an environment variable."""

DATABASES = ("sqlite", "postgresql")
"""What the record can be kept in."""

BROKERS = ("redis", "rediss", "unix")
"""How the broker can be reached."""

NAME_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9._-]*$"
"""Names become parts of folders, of keys in the record and of variables."""

Name = Annotated[str, StringConstraints(pattern=NAME_PATTERN, max_length=64)]
"""The name of a shop, partner, warehouse or feed."""


def _usable(secret: SecretStr) -> SecretStr:
    try:
        require_visible("secret", secret.get_secret_value())
    except ValueError as fault:
        raise SettingFault(str(fault), "look at where it is kept, and copy it again") from None
    return secret


Secret: TypeAlias = Annotated[SecretStr, AfterValidator(_usable)]
"""Shown nowhere; `get_secret_value()` gives it."""


# --- TikTok and the shops --------------------------------------------------------------------


class TikTokSettings(Section):
    """The app as it is registered with TikTok, and how TikTok is called."""

    app_key: Secret = Field(description="the app's key")
    app_secret: Secret = Field(description="the app's secret")
    previous_app_secret: Secret | None = Field(
        None, description="the secret before, by which webhooks may still be signed for a while"
    )
    api_url: str = Field(API_URL, pattern=r"^https?://\S+$", description="where the API is")
    auth_url: str = Field(AUTH_URL, pattern=r"^https?://\S+$", description="where tokens are had")
    timeout_s: float = Field(
        10.0,
        gt=0,
        le=20,  # a shop's lease lasts 30 s, and a call must end well within it
        description="the longest that one call may take",
    )
    calls_per_second: float = Field(
        TIKTOK_CALLS_PER_S,
        gt=0,
        le=1_000,
        description="the quota of one API for an app and shop",
    )


class ShopMode(StrEnum):
    """What the guard does in a shop."""

    OBSERVE = "observe"
    """It plans and explains, and writes nothing."""
    WRITE = "write"


class ShopSettings(Section):
    """One shop and what opens it."""

    mode: ShopMode = Field(ShopMode.OBSERVE, description="observe (write nothing) or write")
    cipher: str | None = Field(
        None, repr=False, min_length=1, description="the shop's cipher; `shop add` finds it too"
    )
    shop_id: str | None = Field(
        None, description="the shop's id at TikTok, by which webhooks name it"
    )
    access_token: Secret | None = Field(None, description="the shop's access token")
    refresh_token: Secret | None = Field(None, description="what renews the access token")
    access_expires_at: float | None = Field(
        None, ge=0, description="when the access token expires, in seconds since 1970 (UTC)"
    )
    market: str | None = Field(
        None, pattern=r"^[A-Z]{2}$", description="the market, as two capitals such as US"
    )
    sfcr_limit_ratio: float | None = Field(
        None, gt=0, le=1, description="the rate above which TikTok punishes this very shop"
    )
    sfcr_window_days: float | None = Field(
        None, gt=0, le=180, description="the days over which TikTok counts in this very shop"
    )


# --- rules and rounds ------------------------------------------------------------------------


class CatalogSettings(Section):
    """How listings are joined to goods."""

    mapping_file: Path | None = Field(None, description="a CSV: shop, seller_sku, item, units")
    sku_case: SkuCase = Field(SkuCase.KEEP, description="keep, or upper if case means nothing")


class ScheduleSettings(Section):
    """How often the program does what it does of its own accord."""

    orders_poll_s: float = Field(20.0, gt=0, description="how often orders are asked for")
    orders_overlap_s: float = Field(600.0, ge=0, description="how far each poll looks back again")
    orders_history_days: float = Field(
        30.0, gt=0, le=365, description="how far the first poll looks back"
    )
    catalogue_refresh_s: float = Field(900.0, gt=0, description="how often listings are searched")
    audit_s: float = Field(900.0, gt=0, description="how often all stock is read back")
    read_near_zero_s: float = Field(
        15.0, gt=0, description="how often listings near zero are read"
    )
    read_closely_s: float = Field(
        0.1,
        ge=0.05,
        le=10,
        description="how often listings are read that sell the same last units; the slower these "
        "sell, the less often, down to a sixteenth",
    )
    sweep_s: float = Field(1.0, gt=0, le=60, description="how often the record is swept for work")
    inbox_scan_s: float = Field(5.0, gt=0, description="how often inboxes are looked into")


def _policy_fields() -> dict[str, Any]:
    return {name: (hint, None) for name, hint in get_type_hints(GuardPolicy).items()}


OverrideForm: type[BaseModel] = create_model(
    "OverrideForm",
    __config__=Section.model_config,
    shop=(str, ""),
    partner=(str, ""),
    sku_pattern=(str, ""),
    **_policy_fields(),
)
"""An override as the file has it: what it is for, and any field of `GuardPolicy`."""


def read_override(value: object) -> object:
    """Return an `Override` from its table."""
    if isinstance(value, Override):
        return value
    form = OverrideForm.model_validate(value)
    given = {name: getattr(form, name) for name in form.model_fields_set}
    matchers = {name: given.pop(name, "") for name in ("shop", "partner", "sku_pattern")}
    if not given:
        raise SettingFault("the override changes nothing", "add a setting of [guard] to it")
    return Override(**matchers, changes=given)


def _agreeing(assumptions: Assumptions) -> Assumptions:
    if faults := assumptions.faults():
        raise ValueError("; ".join(faults))
    return assumptions


OverrideTable: TypeAlias = Annotated[Override, BeforeValidator(read_override)]
"""An override, read from its table."""

AgreeingAssumptions: TypeAlias = Annotated[Assumptions, AfterValidator(_agreeing)]
"""Assumptions none of which is negative."""


# --- all of it -------------------------------------------------------------------------------


def _database_beside(values: dict[str, Any]) -> str:
    path = values["data_dir"] / "oversell-guard.sqlite3"
    return URL.create("sqlite", database=str(path)).render_as_string(hide_password=False)


def _known_database(url: str) -> str:
    remedy = "write sqlite:///file or postgresql+psycopg://user@host/database"
    try:
        known = make_url(url).get_backend_name() in DATABASES
    except (ArgumentError, ValueError):
        # No cause, which would quote the URL: there may be a password in it.
        raise SettingFault("this is no database URL", remedy) from None
    if not known:
        raise SettingFault(f"the record is kept in {' or '.join(DATABASES)}", remedy)
    return url


def _is_broker(url: str) -> bool:
    try:
        parts = urlsplit(url)
        # A password with a slash in it, not written as %2F, would be read as a port.
        is_whole = parts.port is None or parts.port > 0
    except ValueError:
        return False
    return parts.scheme in BROKERS and is_whole and "password=" not in parts.query


def _known_broker(url: str | None) -> str | None:
    if url is None or _is_broker(url):
        return url
    # No cause, which would quote the URL: there may be a password in it.
    raise SettingFault(
        "this is no address of a Redis",
        "write redis://host:6379/0, with a password redis://:password@host:6379/0, "
        "and / # ? in it as %2F %23 %3F",
    )


class Settings(BaseSettings):
    """The whole configuration. The order of `shops` is their rank."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_nested_delimiter=NESTING,
        case_sensitive=True,
        extra="forbid",
        frozen=True,
        allow_inf_nan=False,
        hide_input_in_errors=True,
    )

    data_dir: Path = Field(Path("var"), description="where record, inboxes and archive lie")
    database_url: Annotated[str, AfterValidator(_known_database)] = Field(
        default_factory=_database_beside, repr=False, description="where the record is kept"
    )
    redis_url: Annotated[str | None, AfterValidator(_known_broker)] = Field(
        None, repr=False, description="the broker of several processes; none: one process"
    )
    tiktok: TikTokSettings = Field(description="the app and how TikTok is called")
    authorisation: AuthorisationSettings = Field(
        AuthorisationSettings(), description="how shops are connected"
    )
    shops: dict[Name, ShopSettings] = Field(default_factory=dict, description="by name")
    partners: dict[Name, PartnerSettings] = Field(default_factory=dict, description="by name")
    warehouses: dict[Name, WarehouseSettings] = Field(default_factory=dict, description="by code")
    feeds: dict[Name, FeedSettings] = Field(default_factory=dict, description="by name")
    catalog: CatalogSettings = Field(CatalogSettings(), description="listings and goods")
    guard: GuardPolicy = Field(GuardPolicy(), description="the policy for everything")
    overrides: tuple[OverrideTable, ...] = Field(
        (), description="changes to the policy, the last that matches winning"
    )
    assumptions: AgreeingAssumptions = Field(
        Assumptions(), description="what is taken for granted about TikTok"
    )
    schedule: ScheduleSettings = Field(ScheduleSettings(), description="how often")
    queue: QueueSettings = Field(QueueSettings(), description="the threads")
    web: WebSettings = Field(WebSettings(), description="webhooks and the HTTP API")
    metrics: MetricsSettings = Field(MetricsSettings(), description="metrics and health")
    sftp: SftpSettings = Field(SftpSettings(), description="the partners' drop")
    risk: RiskSettings = Field(RiskSettings(), description="what risk is measured against")

    @field_serializer("database_url")
    def _without_password(self, url: str) -> str:
        return make_url(url).render_as_string(hide_password=True)

    @field_serializer("redis_url")
    def _redis_without_password(self, url: str | None) -> str | None:
        return url and make_url(url).render_as_string(hide_password=True)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 - the library's signature
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the library's signature
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the library's signature
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the library's signature
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Take only what is handed in: the environment is an argument of `load_settings`."""
        return (init_settings,)
