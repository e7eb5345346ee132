"""`python -m gateway.openapi`: the interface described; the page's client is made of it."""

import json
import sys

from gateway.app import routed_app

if __name__ == "__main__":
    json.dump(routed_app().openapi(), sys.stdout, indent=1, sort_keys=True)
    sys.stdout.write("\n")
