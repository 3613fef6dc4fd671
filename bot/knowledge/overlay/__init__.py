"""What a clinic lays over the knowledge: how it looks, what it becomes, and the floor that it cannot go below."""
