"""Signing in at a real Keycloak: `make check-sign-in`."""
