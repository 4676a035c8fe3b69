"""Error sentences in Korean and English, one TOML file a room."""
