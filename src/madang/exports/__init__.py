"""Entities out of Madang in the formats that others read."""
