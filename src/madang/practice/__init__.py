"""The practice city (연습도시): one made-up policy from beginning to end, in a file that anyone may change.

building.py    the file: whole under its name or not there at all
days.py        who acts, and the day on which it happens
ground.py      the measured base it stands on, and the made-up bodies
quarter.py     what stands there in 3D: a made-up quarter, an alternative drawn in it, readings, two stories
first_plan.py  the plan in force: 1.0, and a minor amendment, 1.1
council.py     the committee: charter, members, a regular meeting
money.py       agreements, the register of 34 made-up companies, permits, calls
amendment.py   the policy itself: branch, comparison, targets
deciding.py    opinions, vote, steps, adoption, notice: 2.0
year.py        a year of data: stages, progress, outcomes, scores
statistics.py  the made-up statistics of that year
around.py      allied cities, studies, suggestions, problems
industry.py    two clusters: firms, census, trade and departments from files, agreements, figures, a published share
skills.py      who is trained for them, who is wanted
pending.py     what is still open, for whoever opens the file
supplies.py    what the clusters need from abroad, and an alternative in which it stops coming
choices.py     three programmes of one size as alternatives, for the lab
plant.py       a battery plant as an alternative: built, running, with its power and hydrogen
announced.py   what the nine real cities of the demo get: plans made of what was announced, with their gaps

The base is measured: census, regional product and boundaries of Icheon, because a model whose inputs are invented would
teach nothing about models. Everything else is invented and says so (가상): the city's title, each name, each paper, and
the status of what is data. Nothing here is a statement about Icheon.

It is written as calls of the doors that a user has, so a chapter also reads as an example of them. Its words stand in
the chapters, because here they are the data.
"""
