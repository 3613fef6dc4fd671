"""The views of the clinic's page, one each."""
