"""Tools of those who write the knowledge: what is wrong in it, what it does not serve, how well it is found."""
