"""How often: replies, topics, alarms, what was said of answers, by clinic and hour. No word of anybody's, and nobody's number."""
