"""The commands on what a clinician signs, and on what is printed."""
