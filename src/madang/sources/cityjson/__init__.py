"""CityJSON 1.1 and 2.0 and CityJSONSeq: city objects as entities, with nothing of their file lost.

    model.py      the file: whole or line by line, its head, its limits
    geometry.py   one object's geometries over vertices of its own; templates; appearance; what contradicts itself
    objects.py    a batch of objects: families, footprints, heights
    entities.py   the entity of an object and the Dataset of its file
    source.py     the reader as a flow of batches

Each object becomes an entity, with or without geometry: `location` (the outline of its most detailed geometry seen
from above, lon/lat), `height` and `baseElevation` from its vertices, `lod`, `geometry3d` (`sources.solids`), its
attributes as they are in `cityjsonAttributes`, every other member of it in `cityjsonMembers`, `refParent` and `parts`.
What the file says once (metadata, transform, templates, materials, extensions, members of its own) is kept as
`cityjson` on the Dataset, so that `exports.cityjson` can write the file again.

In `geometry3d` an object's materials, textures and texture vertices stand under `appearance`, numbered for it alone. A
geometry made from a template is drawn out over the object's own vertices, and says so under `instance`.
"""

from madang.sources.cityjson.source import CityJSONSource as CityJSONSource
