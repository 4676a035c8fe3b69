"""What people keep of the twin's pictures: stories, which are records of the city, seen from every branch."""

from __future__ import annotations

from madang.entities.vocabulary import attributes as a
from madang.entities.vocabulary.terms import attribute, entity_type

VIEWS = attribute("views", "장면", "Views", kind="JsonProperty")
AUTHOR = attribute("author", "작성자", "Author", iri="http://purl.org/dc/terms/creator")
CREATED = attribute("created", "작성 시각", "Created", iri="http://purl.org/dc/terms/created")
REVISED = attribute("revisedAt", "고친 시각", "Revised", iri="http://purl.org/dc/terms/modified")

TYPES = [
    entity_type("Story", "이야기", "Story", [a.TITLE, VIEWS, AUTHOR, CREATED, REVISED], scope="record"),
]
