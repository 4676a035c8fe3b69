"""What-if models: the interface, the runner, and one folder a model."""
