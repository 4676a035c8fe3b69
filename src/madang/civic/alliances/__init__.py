"""Allied cities: members over time, legal form, ordinances, joint projects, strategies compared."""
