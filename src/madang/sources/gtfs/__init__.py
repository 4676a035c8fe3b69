"""GTFS timetables: stops and lines of public transport, and how often they run.

tables      the text files inside the ZIP, streamed and checked
days        which services run on which day, and one ordinary day for each day of the week
runs        trips and stop times, read once past: departures, stops served, the order of stops
drawing     lines by their shapes, or from stop to stop
kinds       route types: of the standard, its extension, and of Korea's KTDB
source      stops and routes as entities; the Flow
"""

from madang.sources.gtfs.source import GtfsSource

__all__ = ["GtfsSource"]
