"""Kith on one machine: real PostgreSQL, real Kafka and every service, from one command."""
