"""What the library computes, on pages: overview, reasons, competitors, segments, patterns, data quality."""
