"""Files of the practice city."""
