"""Specialisation: the business census by KSIC industry and place: what a city and its dong hold more than others."""
