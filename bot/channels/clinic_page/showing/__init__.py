"""How the clinic's page looks: templates, tables, charts, its own files."""
