"""A task's life in a worker process: taking attempts from the queue, running them, recovering those of dead workers."""
