"""Feeds: readings that come in by themselves, from sensors, gateways, controllers and open-data services.

    description   what a feed says of itself, checked once: protocol, address, secrets by reference, rules, rate
    paths         where in a payload something stands
    rules         payload -> readings: the mapping language that all protocols share
    moments       times as payloads write them
    sparkplug     Sparkplug B: births, aliases, sequence numbers
    lorawan       uplinks of ChirpStack and The Things Stack; cayenne and codec decode what devices packed
    envelopes     answers of Korean open-data services: errors inside HTTP 200, pages, XML and JSON
    onem2m        notifications of oneM2M platforms
    intake        readings -> the city file, by group commit
    tally         counts, the last bad payloads, the state of one feed
    mqtt, opcua, modbus, polling    the connectors, one module a protocol

Decoding is pure: no socket, no clock, no file. A connector hands over what it got and, where its protocol can, tells
the sender that it has it only after the commit.
"""
