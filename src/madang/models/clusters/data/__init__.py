"""Tables and names the clusters model ships."""
