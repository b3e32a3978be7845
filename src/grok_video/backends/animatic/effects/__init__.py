"""What is drawn over every frame: weather, particles, style."""
