"""A task's durable life: our rows, DBOS as the queue, and the reaper that adopts what the dead held."""
