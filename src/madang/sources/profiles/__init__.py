"""Mappings for well-known open files, chosen by file name and columns."""
