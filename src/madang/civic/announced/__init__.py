"""What was published: announcements, the figures they claim, the question a city opens with."""
