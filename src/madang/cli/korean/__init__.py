"""Help texts in Korean, by the English that stands where a command or option is declared: one file a room."""
