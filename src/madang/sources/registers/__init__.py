"""Registers and statistics of industry, in the layouts their publishers and cities pass around.

layouts     which columns make which kind of file, under which headings (`layouts.toml`, the documentation too)
cells       cells as people write them: counts, areas, days, codes; what is withheld is unknown, never 0
sheets      CSV and XLSX as rows with their line, the header found below titles
ksic        the industrial classification
census      the business census by industry and place; workers by section and dong
firms       factory registers and lists of venture firms
trade       exports and imports by HS item
source      the source that reads them all: by its columns, or as a kind that is named (`--as factories`)
"""
