"""The city in 3D: layers of a branch as 3D Tiles, their values for colouring, and what a branch changes in them."""
