"""The page of a cluster: everything its officer looks at, each part made by a small module of its own.

seen        the city as the page sees it: entities by type, the boundary, names, figures
belonging   what belongs to a cluster, and why
register    firms by stage and code           facilities  facilities and bodies
agreements  agreements, promises, claims      money       investment
people      talent                            supply      suppliers, customers, trade, choke points
gaps        what is missing                   measures    specialisation
series      figures and events over time      places      the map
ties        the network around the cluster    page        all of it in one answer
"""
