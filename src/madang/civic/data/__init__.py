"""Data that come with the room: announcements and the demo's branches."""
