"""What partners call the columns of a stock file, in several languages, the surest names first."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class Meaning(StrEnum):
    """What a column tells."""

    SKU = "sku"
    ON_HAND = "on_hand"
    AVAILABLE = "available"
    QUANTITY = "quantity"
    """Units, and nobody says whether those already ordered are among them."""
    AS_OF = "as_of"
    WAREHOUSE = "warehouse"


_NAMES = {
    Meaning.SKU: """
        sku|seller sku|merchant sku|item sku|sku code|sku id|stock keeping unit
        item number|item no|item code|item id|item|article number|article no|article
        product code|product sku|product id|part number|material|material number
        artikelnummer|artikelnr|artikel nr|artikel-nr.|art.-nr.|artnr|artikel|materialnummer
        référence|reference|réf|ref|code article|référence article|code produit
        referencia|código|codigo|codigo articulo|código de artículo|codice|codice articolo
        artikelcode|kod|kod produktu|indeks|artykuł|artikelnummer intern|varenummer|tuotenumero
        品番|商品コード|商品番号|货号|商品编码|物料编码|貨號|상품코드|품번|артикул|код товара
        ean|gtin|barcode|upc""",
    Meaning.AVAILABLE: """
        available|available quantity|available qty|qty available|available stock|available units
        atp|available to promise|available to sell|free stock|sellable|sellable quantity
        fulfillable
        verfügbar|verfuegbar|verfügbarer bestand|verfügbare menge|frei verfügbar
        disponible|quantité disponible|stock disponible|cantidad disponible|disponibile
        giacenza disponibile|beschikbaar|beschikbare voorraad|dostępne|dostępna ilość|tillgängligt
        可用库存|可用数量|有効在庫|引当可能数|가용재고|доступно""",
    Meaning.ON_HAND: """
        on hand|on hand qty|qty on hand|quantity on hand|onhand|on hand quantity|physical stock
        stock on hand|soh|physical|lagerbestand|bestand physisch|istbestand|stock physique
        existencias|stock físico|giacenza|esistenza|voorraad fysiek|stan magazynowy|lagersaldo
        现有库存|実在庫|現在庫|현재고""",
    Meaning.QUANTITY: """
        quantity|qty|stock|stock level|stock quantity|stock qty|inventory|inventory level
        units|count|balance|bestand|menge|anzahl|stück|stk|quantité|quantite|qté|qte|stocks
        cantidad|unidades|quantità|quantita|qta|quantidade|estoque|saldo|aantal|voorraad
        ilość|ilosc|stan|antal|saatavilla|在庫数|在庫|数量|库存|库存数量|庫存|수량|재고|остаток|количество""",
    Meaning.AS_OF: """
        as of|asof|as of date|snapshot|snapshot time|snapshot date|timestamp|time|datetime
        updated at|updated|last updated|last update|exported at|export time|export date
        generated at|counted at|date|date time|modified at|stand|stichtag
        zeitstempel|exportzeit|datum|uhrzeit
        horodatage|date de mise à jour|mis à jour|fecha|fecha y hora|actualizado|data|data e ora
        aggiornato|tijdstip|tidpunkt|更新日時|日時|更新时间|时间|дата""",
    Meaning.WAREHOUSE: """
        warehouse|warehouse code|warehouse id|wh|location|location code|site|facility|depot|fc
        lager|lagerort|lagerplatz|standort|werk|entrepôt|entrepot|dépôt|almacén|almacen|bodega
        magazzino|magazijn|magazyn|lagerställe|倉庫|倉庫コード|仓库|창고|склад""",
}


def plain_name(name: str) -> str:
    """Return a name without letter case, spaces and signs."""
    return "".join(letter for letter in name.casefold() if letter.isalnum())


def _ranked(names: str) -> Mapping[str, int]:
    split = (name for line in names.splitlines() for name in line.split("|"))
    plain = dict.fromkeys(plain_name(name) for name in split if name.strip())
    return MappingProxyType({name: rank for rank, name in enumerate(plain)})


RANKS: Mapping[Meaning, Mapping[str, int]] = MappingProxyType(
    {meaning: _ranked(names) for meaning, names in _NAMES.items()}
)
"""The rank of each plain name among those with its meaning; 0 is the surest."""

COUNTS = (Meaning.AVAILABLE, Meaning.ON_HAND, Meaning.QUANTITY)
"""The meanings that are a number of units, in the order in which they are preferred."""


def places_meaning(header: tuple[str, ...], meaning: Meaning) -> list[int]:
    """Return the places of the columns whose names have a meaning, the surest first."""
    ranks = RANKS[meaning]
    named = [(ranks[plain_name(n)], at) for at, n in enumerate(header) if plain_name(n) in ranks]
    return [at for _, at in sorted(named)]
