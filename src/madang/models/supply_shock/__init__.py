"""The supply-shock model: a seller delivers less to a buyer, and the shortage travels through stocks and industries."""
