"""Power and hydrogen of a site: adequacy, cost and emissions, by a linear programme (PyPSA, HiGHS)."""
