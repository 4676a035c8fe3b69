"""How a proposal is decided: branch, checks, procedure and gates, opinions, the acts and what they leave."""
