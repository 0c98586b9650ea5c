"""Seeds of delimited text, one for each trap."""

from datetime import timedelta, timezone
from zoneinfo import ZoneInfo

from reconciliation.feed import (
    AsOfArrival,
    AsOfColumn,
    AsOfFileName,
    Encoding,
    Negative,
    QuantityRule,
    TextForm,
    WarehouseColumn,
)
from reconciliation.quantities import SkuCase

from .seed import Seed, dialect_of, of_rows, of_text


GOODS = "sku,qty\nTEE-1,5\nMUG,0\nCAP-X,12\nPEN 7,345\n"
UMLAUTS = "sku,qty\nTÜR-1,5\nGRÖSSE-M,7\nCAFÉ,12\n"
BERLIN = ZoneInfo("Europe/Berlin")

TEXTS = (
    of_text("plain lines", GOODS),
    of_text("line ends of two signs", GOODS.replace("\n", "\r\n")),
    of_text("line ends of CR alone", GOODS.replace("\n", "\r")),
    of_rows("CR inside a line", ["TEE,1\r0", "MUG,5\r", "CAP,7"]),
    of_text("byte order mark", GOODS, codec="utf-8-sig"),
    of_text("byte order mark twice", "\ufeff" + GOODS, codec="utf-8-sig"),
    of_text("UTF-16", GOODS, dialect_of(TextForm(encoding=Encoding.UTF_16)), codec="utf-16"),
    of_text(
        "UTF-16, great end first",
        "\ufeff" + GOODS,
        dialect_of(TextForm(encoding=Encoding.UTF_16)),
        codec="utf-16-be",
    ),
    of_text(
        "Windows-1252",
        UMLAUTS,
        dialect_of(TextForm(encoding=Encoding.WINDOWS_1252)),
        codec="cp1252",
    ),
    of_text("Latin-1", UMLAUTS, dialect_of(TextForm(encoding=Encoding.LATIN_1)), codec="latin-1"),
    of_text("Latin-1 declared as UTF-8", UMLAUTS, codec="latin-1"),
    of_text("UTF-8 declared as Latin-1", UMLAUTS, dialect_of(TextForm(encoding=Encoding.LATIN_1))),
    of_text(
        "GB 18030",
        "sku,qty\n\u676f\u5b50,5\nMUG,7\n",
        dialect_of(TextForm(encoding=Encoding.CHINESE)),
        codec="gb18030",
    ),
    of_text(
        "Shift JIS, whose second bytes look like signs",
        "sku,qty\n\u8868\u793a,5\nMUG\u30bd,7\n",
        dialect_of(TextForm(encoding=Encoding.SHIFT_JIS)),
        codec="cp932",
    ),
    of_rows("a letter lost on the way", ["TEE\ufffd,5", "MUG,7"]),
    of_rows("letters that come apart", ["CAFE\u0301,5", "CAFÉ,5", "\u212bNGSTROM,7"]),
    of_rows("letters that look alike", ["TEE,5", "\u0422\u0415\u0415,7", "T\u200bEE,9"]),
    of_rows(
        "capitals and small letters",
        ["tee,5", "TEE,5", "stra\u00dfe,7", "STRASSE,8"],
        dialect_of(sku_case=SkuCase.UPPER),
    ),
    of_rows("quotes", ['"TEE, red",5', '"MUG ""L""","7"', 'CAP 5",9', "'PEN',1"]),
    of_rows("a quote left open", ["TEE,5", '"MUG,7', "CAP,9"]),
    of_rows("letters behind a quote", ['"TEE"x,5', 'M"U"G,7', ' "CAP",9', '"PEN" ,1']),
    of_text(
        "apostrophes as quotes",
        "sku;qty\n'TEE;1';5\n'O''NEILL';7\n",
        dialect_of(TextForm(delimiter=";", quote="'")),
    ),
    of_text("tabs", GOODS.replace(",", "\t"), dialect_of(TextForm(delimiter="\t"))),
    of_text("semicolons", GOODS.replace(",", ";"), dialect_of(TextForm(delimiter=";"))),
    of_rows("ragged rows", ["TEE,5,", "MUG", "CAP,7,9", ",3", "PEN,"]),
    of_rows("a column twice", ["TEE,5,6", "MUG,7,7"], head="sku,qty,qty"),
    of_rows(
        "rows twice",
        ["TEE,5,A1", "TEE,5,A1", "MUG,7,A1", "MUG,7,A2", "CAP,1,A", "CAP,2,A"],
        head="sku,qty,bin",
    ),
    of_rows("a row twice, once unreadable", ["TEE,5", "TEE,x", "MUG,6", "MUG ,6"]),
    of_rows("digits of other scripts", ["TEE,\uff11\uff12", "MUG,\u0663", "CAP,\u00b2", "PEN,7"]),
    of_rows("underscores", ["TEE,1_000", "MUG,_7", "CAP_1,8"]),
    of_rows("signs", ["TEE,+5", "MUG,-3", "CAP,\u22123", "PEN,--3", "HAT,- 3", "BAG,5-"]),
    of_rows(
        "below zero counts as none",
        ["TEE,-5", "MUG,\u22123", "CAP,--1", "PEN,-x", "HAT,4"],
        dialect_of(quantity=QuantityRule(negative=Negative.ZERO)),
    ),
    of_rows("exponents", ["TEE,1e3", "MUG,1E+3", "CAP,0x1F", "PEN,7"]),
    of_rows("no numbers", ["TEE,NaN", "MUG,inf", "CAP,null", "PEN,None", "HAT,TRUE", "BAG,8"]),
    of_rows("huge numbers", ["TEE,9999999", "MUG,10000000", "CAP," + "9" * 400, "PEN,0000007"]),
    of_rows("fractions that nobody declared", ["TEE,12.0", "MUG,12.5", 'CAP,"1,000"', "PEN,7."]),
    of_text(
        "thousands and decimals as declared",
        "sku;qty\nTEE;1.000\nMUG;12,00\nCAP;1.234.567,0\nPEN;0.123\nHAT;1.00\nBAG;12,50\n",
        dialect_of(
            TextForm(delimiter=";"), quantity=QuantityRule(thousands_mark=".", decimal_mark=",")
        ),
    ),
    of_rows(
        "spaces as thousands",
        ["TEE,1 000", "MUG,1\u00a0000", "CAP, 1 0 ", "PEN,12 345"],
        dialect_of(quantity=QuantityRule(thousands_mark=" ")),
    ),
    of_rows(
        "words as quantities",
        ["TEE,in stock", "MUG,NONE", "CAP,", "PEN,In Stock ", "HAT,7"],
        dialect_of(quantity=QuantityRule(words=(("in stock", 5), ("none", 0), ("", 1)))),
    ),
    of_rows("spaces around", [" TEE , 5 ", "MUG\u00a0,7", "CAP,\u00a08", "\u2003PEN,9"]),
    of_rows("control characters", ["TEE\0,5", "MUG,7\x1a", "CAP\x7f,1", "PEN\u0085,2", "HAT\t,3"]),
    of_rows("line ends of other alphabets", ["TEE\u20281,5", "MUG\x0b,7", "CAP\x0c,8", "PEN,9"]),
    of_rows("blank lines", ["", "TEE,5", "   ", "\t", "MUG,7", "", ""]),
    of_rows("formulas", ["=1+1,5", "@SUM(A1),7", "-TEE,8", "+MUG,9", "CAP,=5"]),
    of_rows("a long name", ["TEE" * 85 + ",5", "TEE" * 85 + "X,6", "MUG,7"]),
    of_rows(
        "a long line",
        ["TEE,5", "MUG" + " " * 200 + ",7"],
        dialect_of(TextForm(line_letters_max=205)),
    ),
    of_rows("more rows than taken", ["TEE,5", "MUG,7", "CAP,9"], dialect_of(rows_max=3)),
    of_rows("more bytes than taken", ["TEE,5", "MUG,7"], dialect_of(bytes_max=24)),
    of_text(
        "lines above the header",
        "Stock \"today's\nwarehouse,east\n\nsku,qty\nTEE,5\nMUG,7\n",
        dialect_of(skip_lines=3),
    ),
    of_text(
        "a header of two lines",
        "sku,qty,site\ntext,number,text\nTEE,5,E\nMUG,7,E\n",
        dialect_of(header_lines=2),
    ),
    of_text(
        "columns by position, with a header",
        "Artikel;Name;Bestand\nTEE;T-Shirt;5\nMUG;Tasse;7\n",
        dialect_of(TextForm(delimiter=";"), sku_column=1, quantity_column=3),
    ),
    of_text(
        "no header at all",
        "TEE,5,x\nMUG,7,y\nCAP,9,z\n",
        dialect_of(sku_column=1, quantity_column=2, header_lines=0),
    ),
    of_text(
        "a column of several names",
        "Item No,On Hand,Note\nTEE,5,\nMUG,7,old\n",
        dialect_of(sku_column=("sku", "Item No"), quantity_column=("qty", "On Hand", "Stock")),
    ),
    of_text(
        "rows of several warehouses",
        "sku,qty,site\nTEE,5,E1\nTEE,9,W1\nMUG,7,E2\nCAP,1,\nPEN,2,X\nHAT,3, E1 \n",
        dialect_of(warehouse=WarehouseColumn(column="site", codes=("E1", "E2"), others=("W1",))),
    ),
    of_text(
        "a column for each warehouse",
        "sku,east,west\nTEE,5,6\nMUG,,7\nCAP,8,\n",
        dialect_of(quantity_column="east"),
    ),
)

TIMES = (
    of_rows(
        "moments with zones",
        [
            "TEE,5,2026-11-24T11:00:00Z",
            "MUG,6,2026-11-24 12:30:00+01:00",
            "CAP,7,2026-11-24T06:00-0500",
            "PEN,8,2026-11-24T11:59:59.123456Z",
            "HAT,9,2026-11-24T11:00:00",
            "BAG,1,2026-11-24T13:00:00Z",
            "BOX,2,2026-11-24",
            "TIE,3,2026-11-24T11:00:00+00:75",
        ],
        dialect_of(as_of=AsOfColumn(name="at")),
        head="sku,qty,at",
    ),
    of_rows(
        "hours that clocks show twice, or never",
        [
            "TEE,5,2025-10-26T02:30:00",
            "MUG,6,2025-10-26T03:00:00",
            "CAP,7,2026-03-29T02:30:00",
            "PEN,8,2026-03-29T01:59:59",
            "HAT,9,2026-07-01T12:00",
        ],
        dialect_of(as_of=AsOfColumn(name="at", zone=BERLIN)),
        head="sku,qty,at",
    ),
    of_rows(
        "moments at the ends of the calendar",
        [
            "TEE,5,0001-01-01T00:00:00",
            "MUG,6,9999-12-31T23:59:59",
            "CAP,7,2024-02-29T00:00:00",
            "PEN,8,2023-02-29T00:00:00",
            "HAT,9,0000-01-01T00:00:00",
        ],
        dialect_of(as_of=AsOfColumn(name="at", zone=timezone(timedelta(hours=9)))),
        head="sku,qty,at",
    ),
    of_text(
        "the moment in the file's name",
        GOODS,
        dialect_of(
            as_of=AsOfFileName(
                pattern="(?P<as_of>[0-9]{12})", time_format="%Y%m%d%H%M", zone=BERLIN
            )
        ),
        file_name="stock_202611241200_e1.csv",
    ),
    of_text(
        "a moment in the name that has not come",
        GOODS,
        dialect_of(as_of=AsOfFileName(pattern="(?P<as_of>[0-9]{12})", time_format="%Y%m%d%H%M")),
        file_name="stock_202611241201.csv",
    ),
    of_text("as old as declared", GOODS, dialect_of(as_of=AsOfArrival(lag_s=900.0))),
)

TEXT_SEEDS: tuple[Seed, ...] = (*TEXTS, *TIMES)
