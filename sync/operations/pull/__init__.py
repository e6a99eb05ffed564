"""Take texts from Scenario into files."""
