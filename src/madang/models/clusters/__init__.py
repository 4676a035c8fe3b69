"""Clusters: what a city is specialised in, how that changed, what is near to it, for industries that data can name."""
