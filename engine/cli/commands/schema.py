"""Print the JSON Schema of a campaign file, or of catalogue.yaml, for editors that complete and check while typing.

    youhui schema > campaign.schema.json
    youhui schema catalogue > catalogue.schema.json

Then put this line on top of a campaign file, and the like on top of catalogue.yaml:

    # yaml-language-server: $schema=campaign.schema.json
"""

from __future__ import annotations

import argparse
import json

from engine.rules.language.schema import campaign_schema, catalogue_schema

_SCHEMAS = {"campaign": campaign_schema, "catalogue": catalogue_schema}


def arguments(parser: argparse.ArgumentParser) -> None:
    """Take which file."""
    parser.description = __doc__
    parser.add_argument(
        "file", nargs="?", choices=list(_SCHEMAS), default="campaign", help="which file (default: campaign)"
    )


def run(args: argparse.Namespace) -> int:
    """Print the schema."""
    print(json.dumps(_SCHEMAS[args.file](), ensure_ascii=False, indent=2))
    return 0
