"""Law and practice as versioned data: rule packs, facts in, verdicts with their clause out; counting days."""
