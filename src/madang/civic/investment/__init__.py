"""Agreements and their commitments, investment by stage, facilities, permits, national calls."""
