"""The 128 common words from which harmless stand-in secrets are drawn."""

WORDS: tuple[str, ...] = tuple(
    """
    amber anchor apple apron arrow autumn badge bamboo banjo barrel basket beacon berry birch blanket border
    bottle branch brick bridge bronze bucket butter button cabin candle canoe canyon carpet castle cedar cello
    chalk cherry circle clover cobalt coffee copper coral corner cotton crayon cradle crystal curtain daisy desert
    dragon dream eagle ember falcon feather fiddle finger flower forest fossil garden ginger glacier globe grape
    hammer harbor hazel helmet honey indigo island ivory jacket jasmine jungle kettle kitten ladder lantern lemon
    linen lizard magnet mango maple marble meadow mirror mitten monkey mountain napkin needle nickel nutmeg ocean
    olive orange orchid oyster paddle pebble pencil pepper pickle pillow planet pocket prairie pumpkin quartz rabbit
    ribbon river rocket saddle salmon silver sparrow spider summit sunset teapot thistle tiger timber tulip turtle
    """.split()
)
