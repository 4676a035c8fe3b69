"""Law and practice as versioned data: rule packs, facts in, verdicts with their clause out; counting days.

book.py         the door: the packs that hold for a city, asked as of a day
packs/          the packs that come with Madang; holidays.yaml, the public holidays
packs.py        what a pack is; pack_file.py reads and checks one; layers.py is what several say together
judging.py      the steps of a procedure; items.py what documents hold; eligibility.py legal routes
conditions.py   conditions on facts; clauses.py numbers of clauses; days.py counting days

All but the door is pure.
"""
