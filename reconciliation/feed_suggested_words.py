"""Words that partners write in place of a quantity, in several languages."""

NONE_LEFT = frozenset(
    word.strip()
    for word in """
out of stock|outofstock|sold out|none|no|nil|unavailable|not available|no stock
ausverkauft|nicht auf lager|nicht lieferbar|vergriffen|kein bestand|nein
rupture|rupture de stock|épuisé|indisponible|agotado|sin existencias|sin stock
esaurito|non disponibile|esgotado|uitverkocht|niet op voorraad|brak|slut
在庫なし|欠品|缺货|无货|품절|нет в наличии|нет
""".replace("\n", "|").split("|")
    if word
)
"""They say that none is left."""

SOME_LEFT = frozenset(
    word.strip()
    for word in """
in stock|instock|available|yes|auf lager|vorrätig|lieferbar|verfügbar|ja
en stock|disponible|in magazzino|disponibile|em estoque|op voorraad|dostępny|i lager
在庫あり|有货|재고 있음|в наличии
""".replace("\n", "|").split("|")
    if word
)
"""They say that some are left, and vouch for one."""
