"""The city's things: entities, their forms, names, queries, changes, units, vocabulary. Knows no file and no clock."""
