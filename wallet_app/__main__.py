"""``python -m wallet_app``: the wallet alone."""

from wallet_app.main import run

if __name__ == "__main__":
    run()
