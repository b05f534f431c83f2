"""Language models: a gateway between a kernel and whoever answers, recordings, a small model of our own."""
