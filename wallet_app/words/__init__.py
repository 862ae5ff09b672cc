"""Every string of the wallet, by key, in each language: ``en.json`` and ``zh.json``."""
