"""Numbers of the finances report: tables and estimates, no words."""
