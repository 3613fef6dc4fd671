"""One turn at a time, and nothing lost: the inbox and its workers, the send journal, the store, metrics, logs."""
