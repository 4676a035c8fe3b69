"""What a number is in Madang: value, unit, band, status, address; and the catalogue of indicators."""
