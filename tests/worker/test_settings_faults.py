"""Each kind of fault is named with its place and its remedy, and all of them at once."""

from pathlib import Path

import pytest

from worker.settings.faults import ConfigFaults
from worker.settings.loading import load_settings
from worker.settings.toml_file import CONFIG_BYTES_MAX

from .settings_rig import SECRETS, Change, config, faults


MAPPING = ("[guard]", '[catalog]\nmapping_file = "no.csv"\n[guard]')

BAD = {
    "unknown key": (
        ("pause_at_units", "paus_at_units"),
        "guard.paus_at_units (line 29): is not a setting; did you mean 'pause_at_units'?",
    ),
    "unknown section": (
        ("[guard]", "[gaurd]"),
        "gaurd (line 28): is not a setting; did you mean 'guard'?",
    ),
    "key unlike any other": (
        ("[guard]", "[queue]\nxyzzy = 1\n[guard]"),
        (
            "queue.xyzzy (line 29): is not a setting; "
            "known here: threads, idle_poll_ms, redis_poll_ms, namespace"
        ),
    ),
    "missing key": (
        ('sku_column = "sku"\n', ""),
        (
            "feeds.east.sku_column (line 21): is missing; "
            "add sku_column = ...: "
            "the column with the SKU: its name, a list of names, or its position from 1"
        ),
    ),
    "missing secret": (
        ('app_key = { env = "KEY" }\n', ""),
        'tiktok.app_key (line 1): is missing; add app_key = { env = "NAME" }: the app\'s key',
    ),
    "no such choice": (
        ('cipher = "cipher-uk"', 'cipher = "cipher-uk"\nmode = "wrte"'),
        "shops.uk.mode (line 11): 'wrte' cannot be used; write 'observe' or 'write'",
    ),
    "no number": (
        ("pause_at_units = 0", 'pause_at_units = "none"'),
        "guard.pause_at_units (line 29): 'none' cannot be used; write a valid integer",
    ),
    "not a number": (
        ("pause_at_units = 0", "dwell_s_min = nan"),
        "guard.dwell_s_min (line 29): nan cannot be used; write a finite number",
    ),
    "out of bounds": (
        ("[guard]", "[queue]\nthreads = 0\n[guard]"),
        (
            "queue.threads (line 29): 0 cannot be used; "
            "write a number greater than or equal to 1 (how many work at once)"
        ),
    ),
    "a table for a value": (
        ("pause_at_units = 0", "pause.at.units = 0"),
        "guard.pause (line 29): is not a setting; did you mean 'pause_at_units'?",
    ),
    "no list": (
        ('uk = ["21"]', 'uk = "21"'),
        "warehouses.EAST.tiktok_warehouse_ids.uk (line 16): '21' cannot be used; write a list",
    ),
    "bad name": (
        ("[partners.lumen]", '[partners.lumen]\n[partners."a/b"]'),
        (
            "partners.a/b (line 13): 'a/b' cannot be a name; "
            "use at most 64 letters, digits and . _ -, the first a letter or digit"
        ),
    ),
    "bad zone": (
        ('as_of_column = "as_of"', 'as_of_column = "as_of"\nas_of_zone = "Berlin"'),
        (
            "feeds.east.as_of_zone (line 27): 'Berlin' cannot be used; "
            "write a zone of the tz database, such as Europe/Berlin or UTC"
        ),
    ),
    "unknown partner": (
        ('partner = "lumen"', 'partner = "lumem"'),
        "warehouses.EAST.partner (line 15): there is no partner 'lumem'; did you mean 'lumen'?",
    ),
    "unknown warehouse": (
        ('warehouse = "EAST"', 'warehouse = "EASTT"'),
        "feeds.east.warehouse (line 22): there is no warehouse 'EASTT'; did you mean 'EAST'?",
    ),
    "unknown shop of a warehouse": (
        ("uk = [", "zz = ["),
        (
            "warehouses.EAST.tiktok_warehouse_ids.zz (line 16): there is no shop 'zz'; "
            "known here: us, uk"
        ),
    ),
    "two feeds": (
        (
            "[guard]",
            (
                '[feeds.again]\nwarehouse = "EAST"\nkind = "available"\nsku_column = "s"\n'
                'quantity_column = "q"\nas_of_lag_s = 60\n[guard]'
            ),
        ),
        (
            "feeds.again.warehouse (line 29): warehouse EAST has two feeds, east and again; "
            "keep one of them: two would overwrite each other's stock"
        ),
    ),
    "id of two warehouses": (
        (
            '[warehouses.WEST]\npartner = "lumen"',
            '[warehouses.WEST]\npartner = "lumen"\ntiktok_warehouse_ids = { us = ["12"] }',
        ),
        (
            "warehouses.WEST.tiktok_warehouse_ids.us (line 20): "
            "TikTok warehouse 12 of shop us is also that of EAST; leave it to one of EAST and WEST"
        ),
    ),
    "override of an unknown shop": (
        ("safety_units_min = 2", 'safety_units_min = 2\nshop = "uss"'),
        "overrides[1].shop (line 34): there is no shop 'uss'; did you mean 'us'?",
    ),
    "override of an unknown partner": (
        ("safety_units_min = 2", 'safety_units_min = 2\npartner = "x"'),
        "overrides[1].partner (line 34): there is no partner 'x'; known here: lumen",
    ),
    "override of an unknown field": (
        ("safety_units_min", "safety_unit_min"),
        (
            "overrides[1].safety_unit_min (line 33): is not a setting; "
            "did you mean 'safety_units_min'?"
        ),
    ),
    "override of nothing": (
        ("safety_units_min = 2\n", ""),
        "overrides[1] (line 31): the override changes nothing; add a setting of [guard] to it",
    ),
    "guard against itself": (
        ("pause_at_units = 0", "pause_at_units = 3"),
        (
            "guard.resume_at_units (line 28): resume_at_units must be above pause_at_units, "
            "or listings would flap; change resume_at_units or pause_at_units"
        ),
    ),
    "negative assumption": (
        ("[guard]", "[assumptions]\norders_lag_s = -1\n[guard]"),
        (
            "assumptions.orders_lag_s (line 29): orders_lag_s must not be negative; "
            "change orders_lag_s"
        ),
    ),
    "gate": (
        ("[guard]", "[feeds.east.gate]\nbad_share_max = 2\n[guard]"),
        (
            "feeds.east.gate.bad_share_max (line 29): bad_share_max must be from 0 to 1; "
            "change bad_share_max"
        ),
    ),
    "dialect against itself": (
        ('quantity_column = "units"', 'quantity_column = "sku"'),
        (
            "feeds.east (line 21): one column cannot be two things: sku, sku, as_of; "
            "change what is declared here"
        ),
    ),
    "no moment": (
        ('as_of_column = "as_of"\n', ""),
        (
            "feeds.east (line 21): a feed's moment is told in one way of as_of_column, "
            "as_of_file_name, as_of_lag_s; here is none of them; "
            "write one of the three (as_of_lag_s: how old a file may be on arrival)"
        ),
    ),
    "file name without format": (
        ('as_of_column = "as_of"', "as_of_file_name = '(?P<as_of>[0-9]+)'"),
        (
            "feeds.east (line 21): as_of_file_name and as_of_time_format only work together; "
            "write both, such as '(?P<as_of>[0-9]{12})' and '%Y%m%d%H%M'"
        ),
    ),
    "write without token": (
        ('cipher = "cipher-uk"', 'cipher = "cipher-uk"\nmode = "write"'),
        (
            "shops.uk.access_token (line 9): is missing, and the shop is to be written to; "
            'add access_token = { env = "NAME" }, or take out cipher too and run `shop add uk`'
        ),
    ),
    "token without cipher": (
        ('cipher = "cipher-uk"', 'access_token = { env = "TOKEN" }'),
        (
            "shops.uk.cipher (line 9): is missing beside the access token; "
            "add the shop's cipher, or take out its tokens and run `shop add uk`"
        ),
    ),
    "short sealing secret": (
        ("[tiktok]", '[authorisation]\nsealing_secret = { env = "TOKEN" }\n[tiktok]'),
        (
            "authorisation.sealing_secret (line 2): the secret must be at least 32 printable "
            "letters, no spaces; make one with `openssl rand -hex 32`"
        ),
    ),
    "no such database": (
        ("[tiktok]", 'database_url = "mysql://host/db"\n[tiktok]'),
        (
            "database_url (line 1): the record is kept in sqlite or postgresql; "
            "write sqlite:///file or postgresql+psycopg://user@host/database"
        ),
    ),
    "no database URL": (
        ("[tiktok]", 'database_url = "record.db"\n[tiktok]'),
        (
            "database_url (line 1): this is no database URL; "
            "write sqlite:///file or postgresql+psycopg://user@host/database"
        ),
    ),
}


@pytest.mark.parametrize(("change", "fault"), BAD.values(), ids=BAD)
def test_a_fault_is_named_with_place_and_remedy(
    tmp_path: Path, change: Change, fault: str
) -> None:
    """One fault makes one line, which says where it is and what to do."""
    assert faults(tmp_path, change) == [fault]


def test_a_missing_mapping_file_is_named(tmp_path: Path) -> None:
    """A file that is to join listings to goods is looked for at once."""
    assert faults(tmp_path, MAPPING) == [
        (
            f"catalog.mapping_file (line 29): there is no file {tmp_path / 'no.csv'}; "
            "put it there (shop,seller_sku,item,units), or take the setting out"
        )
    ]


def test_all_faults_are_listed_at_once(tmp_path: Path) -> None:
    """Wrong forms, wrong names, missing secrets and files, in the order of the file."""
    found = faults(
        tmp_path,
        ('env = "SECRET"', 'env = "NOWHERE"'),
        ('partner = "lumen"', 'partner = "lumem"'),
        ('kind = "on_hand"', 'kind = "onhand"'),
        MAPPING,
        ("pause_at_units = 0", "pause_at_units = 3"),
        ("safety_units_min", "safety_unit_min"),
        environ={**SECRETS, "OVERSELL_GUARD_QUEUE__THREADS": "many"},
    )

    assert [fault.split(": ")[0] for fault in found] == [
        "OVERSELL_GUARD_QUEUE__THREADS",
        "tiktok.app_secret (line 3)",
        "warehouses.EAST.partner (line 15)",
        "feeds.east.kind (line 23)",
        "catalog.mapping_file (line 29)",
        "guard.resume_at_units (line 30)",
        "overrides[1].safety_unit_min (line 35)",
    ]


def test_faults_print_a_line_each(tmp_path: Path) -> None:
    """A fault takes one line even if a name in it does not."""
    path = tmp_path / "guard.toml"
    path.write_text(config(("[guard]", '[guard]\n"a\\nb" = 1\n"c" = 1')), encoding="utf-8")

    with pytest.raises(ConfigFaults) as found:
        load_settings(path, SECRETS)

    assert len(str(found.value).splitlines()) == 2


# --- files that cannot be read ---------------------------------------------------------------


def fault_of(path: Path | None) -> str:
    """The one fault of a configuration that cannot be read."""
    with pytest.raises(ConfigFaults) as found:
        load_settings(path, {})
    return str(found.value)


def test_a_syntax_error_has_line_and_column(tmp_path: Path) -> None:
    """TOML that is none is named with the place where reading stopped."""
    path = tmp_path / "guard.toml"
    path.write_text("[tiktok]\napp_key = = 3\n", encoding="utf-8")

    assert fault_of(path) == (
        f"{path} (line 2): is not TOML: Invalid value (at line 2, column 11); "
        "mend the line; texts are quoted, tables begin with [name]"
    )


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    """A path that leads nowhere is no empty configuration."""
    path = tmp_path / "guard.toml"

    assert fault_of(path) == (
        f"{path}: cannot be read: No such file or directory; "
        "name another with --config, or write one with `python -m worker init`"
    )


def test_a_file_in_another_encoding_is_named(tmp_path: Path) -> None:
    """TOML is UTF-8."""
    path = tmp_path / "guard.toml"
    path.write_bytes(b'# caf\xe9\ndata_dir = "x"')

    assert fault_of(path) == f"{path}: is not UTF-8; save it as UTF-8"


def test_a_huge_file_is_refused(tmp_path: Path) -> None:
    """Half a configuration must not pass for a whole one."""
    path = tmp_path / "guard.toml"
    path.write_text("#\n" * CONFIG_BYTES_MAX, encoding="utf-8")

    assert fault_of(path) == (
        f"{path}: has more than {CONFIG_BYTES_MAX} bytes; name another with --config"
    )


def test_without_any_configuration_the_remedy_is_init(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who starts the program for the first time is told how to begin."""
    monkeypatch.chdir(tmp_path)

    assert fault_of(None) == (
        "oversell-guard.toml: there is no configuration; "
        "write one with `python -m worker init`, or name one with --config"
    )


def test_a_byte_order_mark_is_no_fault(tmp_path: Path) -> None:
    """Editors that write one are common."""
    path = tmp_path / "guard.toml"
    path.write_text(config(), encoding="utf-8-sig")

    assert list(load_settings(path, SECRETS).feeds) == ["east"]
