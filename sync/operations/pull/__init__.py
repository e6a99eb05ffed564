"""Write texts from Scenario into files."""
