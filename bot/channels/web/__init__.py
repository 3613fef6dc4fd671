"""The web: a JSON API, the chat's page, and the script that puts it on a clinic's site."""

CHANNEL = "web"
