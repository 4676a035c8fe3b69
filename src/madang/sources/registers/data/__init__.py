"""Codes and names of the Korean Standard Industrial Classification."""
