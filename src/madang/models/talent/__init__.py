"""Talent: seats become graduates, graduates local hires, hires stay or leave; against who is wanted, by skill."""
