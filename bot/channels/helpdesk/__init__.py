"""Help desks that talk in signed webhooks: Chatwoot, and any that speaks Standard Webhooks."""
