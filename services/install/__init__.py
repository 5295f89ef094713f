"""What an installation needs before its services run: secrets, roles, topics, a place."""
