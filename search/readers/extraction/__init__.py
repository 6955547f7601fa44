"""Facts read from the text of an entry: agencies, reporters, dates."""
