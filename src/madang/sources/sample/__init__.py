"""A made-up quarter inside a real boundary, where a city has no data of its own: every attribute is synthetic.

plane.py      metres around the quarter's middle, along its own axis, and degrees
layout.py     bands of blocks, streets, a stream and a railway; what each block is for
lots.py       homes and shops along lanes: lots with a building on most
estates.py    blocks that are one lot: apartments, offices, schools, factories, a park
words.py      what things are called and how they look: the data of the generator
quarter.py    all of it as entities of a city
ground.py     a smooth valley as a Terrain
readings.py   sensors and hours of readings, with gaps and one sensor that fell silent

The same boundary and seed give the same entities on every machine: each block draws from a generator of its own. What
does not fit inside the boundary is left out and counted. Nothing in it is about any real building, road or person.
"""

from madang.sources.sample.ground import sample_ground as sample_ground
from madang.sources.sample.quarter import sample_quarter as sample_quarter
from madang.sources.sample.readings import sample_readings as sample_readings
