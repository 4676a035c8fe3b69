"""Shapes as arrays: polygons to rings, rings to triangles and solids, degrees to metres and to the Earth's frame.

Nothing here knows entities, files or the screen. Everything works on whole layers at once (numpy arrays, shapely's
vectorised functions); the only call made once a shape is earcut's, for shapes that are holed or twice concave.
"""
