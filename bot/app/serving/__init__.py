"""Serving: which clinics, what a process is made of, and its life from the first request to the last answer."""
