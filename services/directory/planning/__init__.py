"""What a roster would change here: pure, from the present directory and a staged roster to a plan nobody has applied yet."""
