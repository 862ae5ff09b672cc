"""Where rows live: the database engine, the tables' metadata, set-wise statements."""
