"""Any help desk that can sign a webhook as Standard Webhooks says: a question in, a reply out."""

CHANNEL = "generic"
PATH = "/hooks/generic"
