"""How text is read: normal form, words, spelling, quantities, sentence vectors. Knows no topic. Pure."""
