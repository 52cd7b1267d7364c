"""How the trail reads: what actions, facts and findings are called."""
