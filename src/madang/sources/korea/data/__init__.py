"""Words about the Korean data packages: titles, licences, attributions, definitions."""
