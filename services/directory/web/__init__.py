"""Pages and API of the directory."""
