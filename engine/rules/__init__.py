"""Pure rules: facts and campaigns in, a priced decision with reasons out."""
