"""Pages and API of the notifications service: home, inbox, deliveries, local mail."""
