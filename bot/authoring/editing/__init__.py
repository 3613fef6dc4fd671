"""Knowledge files changed as an editor would: line by line, with comments, order and all that did not change left as it was."""
