"""The only room that listens: NGSI-LD, the pages' API, 3D Tiles, OGC API Features and the pages themselves, over HTTP.

    exchange.py     one request and its answer, over raw ASGI
    access.py       who asks, and whether the door they came by is ours
    problems.py     the one table from an error to its HTTP status
    tenants.py      `city` and `city~branch` -> a city and a branch
    ngsi/           the standard's own paths; the hot ones answer with stored bytes
    api/            what the pages ask for
    tiles.py ogc.py events.py command.py static.py    the other doors, one subject each
    app.py          puts them under one roof;  serve.py runs it

Nothing here knows SQL, a formula or a rule of law: every answer comes from a `City` or a room below it.
"""
