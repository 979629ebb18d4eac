"""From the bus to the tables. What a row says depends on the events alone, in whatever order their keys came."""
