"""One function a command. Each works in the transaction of its `Writing`: it refuses and changes nothing, or changes all."""
