"""``xes``: what an agent, an operator and a DNS administrator do from a terminal."""
