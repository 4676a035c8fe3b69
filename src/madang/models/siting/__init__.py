"""Siting: where new stations, chargers, laboratories or clinics should stand, and who gets access to them."""
