"""OpenStreetMap: files in, and a city's features over the network.

elements     one object of a file, drawn
kinds        which tags make which feature
tags         what a tag's text says: metres, counts, speeds, names, addresses
heights      heights as tagged, or worked out from storeys, and by which figure
rings        polygons from the lines of a multipolygon, where the file carries geometry in place of references
markup       Overpass `out geom` XML
overpass     Overpass JSON, and the file that `madang fetch osm` writes
binary       .pbf and XML with references, through osmium
features     objects into entities, some thousand at a time
source       which reader a file needs; the Flow
places       a city's boundary, by its file or its name
tiles        an area cut into questions of bounded size
asking       one question to an Overpass server: the only module here that connects outwards
fetching     tile by tile into a folder, and from the folder into one file
"""
