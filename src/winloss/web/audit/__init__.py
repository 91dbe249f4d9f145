"""Who saw, changed and exported what: a log that can only grow, each entry chained to the one before."""
