"""Runs beside each other: a branch against another, a model against what came true, a number against its origin."""
