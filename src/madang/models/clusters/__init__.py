"""Clusters: what a city is specialised in, how that changed, and what is near to it, for the industries data can name."""
