"""Signing in: passwords, attempts, sessions, and the one-time links by which a password is first set."""
