"""The duplication schema's SQL, and nothing else: ``matching`` and ``deciding`` for the consumer,
``reading`` and ``reviewing`` for the API. Lists in, lists out."""
