"""The plan and what it promises: sections, tasks, live figures, promises and their scoring."""
