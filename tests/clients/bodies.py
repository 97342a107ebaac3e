"""Checks what the tests sent to the local platforms: `bodies.py DISCORD_OPENAPI_JSON DIRECTORY_OF_RECORDS`.

Discord's bodies against Discord's own OpenAPI description, Slack's against the models and the arguments of Slack's own
client. Prints what was checked; exits 1 if anything is wrong.
"""

import collections
import inspect
import json
import pathlib
import re
import sys

import jsonschema
from slack_sdk import WebClient
from slack_sdk.errors import SlackObjectFormationError
from slack_sdk.models.blocks import Block
from slack_sdk.models.views import View

# Where the description is wrong and Discord takes what it says it does not.
FALSE_ALARMS = re.compile(r"default_member_permissions$")
# Blocks that Slack's client has no model for yet.
WITHOUT_MODEL = {"data_visualization"}


def main(spec_file, directory):
    spec = json.loads(pathlib.Path(spec_file).read_text())
    records = [json.loads(line) for file in sorted(pathlib.Path(directory).glob("*.ndjson")) for line in file.open()]
    if not records:
        sys.exit(f"no records in {directory}")
    checks = {"discord": Discord(spec), "slack": Slack()}
    checked, wrong = collections.Counter(), collections.Counter()
    for record in records:
        what, problems = checks[record["platform"]].check(record)
        checked[what] += 1
        wrong.update(f"{what}: {problem}" for problem in problems)
    for what, count in sorted(checked.items()):
        print(f"{count:6} {what}")
    for problem, count in wrong.most_common(40):
        print(f"WRONG {count} times: {problem}")
    sys.exit(1 if wrong else 0)


class Discord:
    def __init__(self, spec):
        self.spec = spec
        as_pattern = lambda path: re.compile("^" + re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(path)) + "$")
        # What is spelled out goes before what is a parameter.
        paths = sorted(spec["paths"], key=lambda path: path.count("{"))
        self.paths = [(as_pattern(path), path) for path in paths]
        self.validators = {}

    def check(self, record):
        path = "/" + record["path"].replace("%40", "@")
        template = next((template for pattern, template in self.paths if pattern.match(path)), None)
        what = f"discord {record['method']} {template or path}"
        if template is None:
            return what, ["Discord's description has no such path"]
        validator = self.validator(template, record["method"].lower())
        if validator is None:
            return what, [] if record["body"] in (None, {}) else ["nothing may be sent there"]
        return what, [
            f"{'.'.join(map(str, e.absolute_path))}: {e.message[:200]}"
            for e in map(narrowest, validator.iter_errors(as_described(record["body"])))
            if not FALSE_ALARMS.search(".".join(map(str, e.absolute_path)))
        ]

    def validator(self, template, method):
        if (template, method) not in self.validators:
            content = self.spec["paths"][template].get(method, {}).get("requestBody", {}).get("content", {})
            schema = content.get("application/json", {}).get("schema")
            whole = schema and {**schema, "components": self.spec["components"]}
            self.validators[template, method] = whole and jsonschema.Draft202012Validator(whole)
        return self.validators[template, method]


def as_described(body):
    """The body with the places of files as texts: the description says so, Discord's guide counts them."""
    if not isinstance(body, dict) or not body.get("attachments"):
        return body
    return {**body, "attachments": [{**file, "id": str(file["id"])} for file in body["attachments"]]}


def narrowest(error):
    """The complaint deepest inside, where several shapes were possible."""
    return jsonschema.exceptions.best_match([error]) or error


class Slack:
    def check(self, record):
        body, path = record["body"], record["path"]
        what = f"slack {path}"
        problems = [problem for blocks in self.blocks(body) for block in blocks for problem in self.block(block)]
        if "view" in body:
            problems += self.view(body["view"])
        method = getattr(WebClient, path.replace(".", "_"), None)
        if method is not None:
            known = set(inspect.signature(method).parameters) | {"token", "team_id"}
            # The client's helper has another name for it.
            problems += [f"no argument {name!r}" for name in body if name not in known and name != "blocks"]
        return what, problems

    @staticmethod
    def blocks(body):
        yield body.get("blocks") or []
        yield (body.get("view") or {}).get("blocks") or []
        for attachment in body.get("attachments") or []:
            yield attachment.get("blocks") or []

    @staticmethod
    def view(view):
        try:
            parsed = View(**view)
            parsed.validate_json()
        except (SlackObjectFormationError, TypeError) as error:
            return [f"view: {error}"]
        lost = set(view) - set(parsed.to_dict())
        return [f"view: nobody knows {sorted(lost)}"] if lost else []

    @staticmethod
    def block(block):
        if block.get("type") in WITHOUT_MODEL:
            return []
        parsed = Block.parse(block)
        if parsed is None:
            return [f"no block {block.get('type')!r}"]
        try:
            parsed.validate_json()
        except SlackObjectFormationError as error:
            return [f"{block['type']}: {error}"]
        lost = set(block) - set(parsed.to_dict())
        return [f"{block['type']}: nobody knows {sorted(lost)}"] if lost else []


if __name__ == "__main__":
    main(*sys.argv[1:])
