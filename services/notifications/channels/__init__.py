"""Ways a message reaches a person outside the program, and the local stand-in for a mail server."""
