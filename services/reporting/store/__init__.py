"""What this service keeps: rows made from events, emptied and made again at will."""
