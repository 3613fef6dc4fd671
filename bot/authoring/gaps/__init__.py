"""What was not answered, made into what may be added: questions grouped, proposals, each tried before it is told."""
