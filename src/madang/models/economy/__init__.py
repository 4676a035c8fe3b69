"""Economy: what an investment programme moves in the city, the rest of Korea and abroad (Leontief, two regions)."""
