"""Documents that the knowledge comes from: taken apart, drafted into claims, compared."""
