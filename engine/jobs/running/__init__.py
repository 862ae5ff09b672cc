"""Running the jobs: which slot is due, who leads, each slot once."""
