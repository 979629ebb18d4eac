"""`make bench`: every figure the project promises, beside its goal and against a bare application measured in the same run."""
