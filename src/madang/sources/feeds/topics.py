"""Topics of MQTT with named parts: `air/{site}/{device}/up` is asked for as `air/+/+/up` and gives site and device."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from madang.errors import DataError

_PART = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)\}|\+|#")


@dataclass(frozen=True, slots=True)
class Topic:
    """One pattern: what to subscribe to, and how to read the parts."""

    subscription: str
    pattern: re.Pattern[str]

    def names(self, topic: str) -> Mapping[str, str] | None:
        """The named parts of a topic, or None if it is another."""
        found = self.pattern.fullmatch(topic)
        return None if found is None else found.groupdict()


def topic_of(text: str) -> Topic:
    """A pattern, if it is one: each part is a word, `{name}`, `+`, or at the end `#`."""
    subscribed, regular = [], []
    parts = text.split("/")
    for at, part in enumerate(parts):
        found = _PART.fullmatch(part)
        if found is None:
            if _PART.search(part) or "{" in part:
                raise DataError("feeds.topic", topic=text)
            subscribed.append(part)
            regular.append(re.escape(part))
        elif part == "#":
            if at != len(parts) - 1:
                raise DataError("feeds.topic", topic=text)
            subscribed.append("#")
            regular.append(".*")
        else:
            subscribed.append("+")
            regular.append(f"(?P<{found[1]}>[^/]*)" if found[1] else "[^/]*")
    try:
        return Topic("/".join(subscribed), re.compile("/".join(regular)))
    except re.error:
        raise DataError("feeds.topic", topic=text) from None  # a name that stands twice
