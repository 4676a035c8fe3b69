"""NGSI-LD over HTTP: ETSI GS CIM 009 v1.9.1, the core of chapter 6, cited by clause where a rule comes from there."""
