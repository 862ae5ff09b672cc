"""The shapes on the wire, by subject. Requests are strict; answers only ever gain fields."""
