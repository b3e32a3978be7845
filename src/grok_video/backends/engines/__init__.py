"""What backends for the engines on one's own GPUs share: model profiles, plans of calls, replicas."""
