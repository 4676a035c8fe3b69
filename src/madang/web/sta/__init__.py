"""SensorThings 1.1 (OGC 18-088) as a read view over the same entities: `/sta/{tenant}/v1.1/`.

Nothing is kept for it. A Thing is an entity that is observed; a Datastream is one attribute instance of it that has
readings; an Observation is one reading. Clients of the standard read what sensors sent through NGSI-LD or a feed,
from main or from a branch.
"""
