"""Committees and meetings: charters, members, agenda, recusals, votes, minutes, what is to follow."""
