"""What the server holds at first, and what the files say, by model."""

OLD = {name: f"The old text of {name}\n" for name in ("lamp", "reef", "tide")}
NEW = {name: f"The new text of {name}\n" for name in OLD}

CROWD = [f"model_{number:03}" for number in range(200)]
