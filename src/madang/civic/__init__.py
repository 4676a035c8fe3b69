"""Proposals and decisions, what was announced, what was promised, and the claims that can be checked."""
