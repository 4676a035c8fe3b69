"""The shipped input-output table and the names of its sectors."""
