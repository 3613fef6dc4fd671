"""Commands for editors' days: new items, what a change does, checks at every save, spreadsheets."""
