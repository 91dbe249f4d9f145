"""The segment search: codes and outcomes in, counted segments out. Knows arrays, not deals."""
