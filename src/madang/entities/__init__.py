"""The city's things: entities, their forms, names, queries, changes, units and vocabulary. Pure; knows no file and no clock."""
