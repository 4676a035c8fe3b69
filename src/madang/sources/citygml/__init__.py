"""CityGML 1.0, 2.0 and 3.0: city objects as entities, read as a stream, with nothing of their geometry lost.

names        the words of CityGML: which element is what
archive      a file or a ZIP of files, with code lists; what is CityGML and what is not
safe         XML within bounds, one member of a model at a time
crs          which system the coordinates are in, and which of two numbers goes east
geometry     GML geometry as numbers; references between surfaces
implicit     shapes drawn once and set up many times
attributes   what an object says of itself
objects      features and their parts, surfaces and what they are
member       one member settled: references answered, everything drawn once
documents    geometry3d
figures      heights, and how they are known
making       members to entities
source       the source and its flow
"""

from madang.sources.citygml.source import CityGMLFlow, CityGMLSource

__all__ = ["CityGMLFlow", "CityGMLSource"]
