"""The last check of a feed before it stands in the book: its connector's own options, read as the connector will."""

from __future__ import annotations

from madang.sources.feeds.description import Feed


def check_feed(feed: Feed) -> None:
    """Raise a DataError where a connector would not understand its feed; nothing is connected."""
    if feed.protocol == "mqtt":
        from madang.sources.feeds.decoding import decoder_of

        decoder_of(feed).close()
    elif feed.protocol == "opcua":
        from madang.sources.feeds.items import items_of

        items_of(feed)
    elif feed.protocol == "modbus":
        from madang.sources.feeds.registers import plan_of

        plan_of(feed)
    else:
        from madang.sources.feeds.requests import request_of

        request_of(feed)
