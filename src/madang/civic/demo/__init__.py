"""The demo: nine cities with what was announced, and two policies run and compared."""
