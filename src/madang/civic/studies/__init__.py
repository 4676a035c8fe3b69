"""Research studies and what became of them: disclosure, service contracts, standards."""
