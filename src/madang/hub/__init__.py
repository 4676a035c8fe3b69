"""The data hub: what follows the city and speaks with others, whatever the protocol they speak.

Subscriptions, the outbox, registrations, federation and the state of feeds. What is pure (does this change concern that
subscription, which source knows this type, how are two answers made one) takes values and returns values; `outgoing` is
the one door through which requests leave.
"""
