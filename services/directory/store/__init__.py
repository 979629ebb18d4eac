"""What the directory keeps, and the statements that read and write it."""
