"""The wallet: a Flet application that speaks HTTP to the API and knows nothing else of the engine."""
