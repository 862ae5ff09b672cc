"""Print the JSON Schema of a campaign file, for editors that complete and check while typing.

    youhui schema > campaign.schema.json

Then put this line on top of a campaign file:

    # yaml-language-server: $schema=campaign.schema.json
"""

from __future__ import annotations

import argparse
import json

from engine.rules.language.schema import campaign_schema


def arguments(parser: argparse.ArgumentParser) -> None:
    """Take nothing."""
    parser.description = __doc__


def run(_args: argparse.Namespace) -> int:
    """Print the schema."""
    print(json.dumps(campaign_schema(), ensure_ascii=False, indent=2))
    return 0
