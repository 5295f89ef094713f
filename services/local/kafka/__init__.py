"""A real Apache Kafka broker in a folder: a Java runtime from a wheel, jars held to a lock."""
