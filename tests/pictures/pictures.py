"""Makes pictures of the snapshots of messages and dialogs: what Slack and Discord would show, near enough to judge by.

    pictures.py [--scale N] DIRECTORY [NAME…]

writes DIRECTORY/NAME.slack.png and DIRECTORY/NAME.discord.png, for all snapshots or those named. Pictures that lie in the
directory as NAME.slack.chart.png and NAME.discord.chart.png are shown in them. Needs Chromium and Python, nothing else.
"""

import argparse
import base64
import datetime
import html
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import zoneinfo

ROOT = pathlib.Path(__file__).resolve().parents[2]
ZONE = zoneinfo.ZoneInfo("Europe/Berlin")
WIDTH = {"slack": 600, "discord": 600}

STYLE = """
@font-face { font-family: Inter; src: url("FONTS/Inter-Regular.ttf"); font-weight: 400; }
@font-face { font-family: Inter; src: url("FONTS/Inter-SemiBold.ttf"); font-weight: 600 900; }
* { box-sizing: border-box; }
body { margin: 0; font: 15px/1.46 Inter, "Noto Color Emoji", sans-serif; }
pre, code { font-family: "DejaVu Sans Mono", monospace; }
.message { display: flex; gap: 10px; padding: 14px 16px; overflow-wrap: anywhere; }
.avatar { flex: none; width: 38px; height: 38px; font-size: 21px; line-height: 38px; text-align: center; background: #4f6bed; }
.main { flex: 1; min-width: 0; }
.who b { font-weight: 700; } .who span { font-size: 10px; padding: 1px 4px; border-radius: 3px; margin: 0 5px; vertical-align: 1px; }
.who time { font-size: 12px; }
pre { margin: 4px 0; white-space: pre; overflow: hidden; }
.slack { background: #fff; color: #1d1c1d; } .slack .avatar { border-radius: 8px; }
.slack .who span { background: #e8e8e8; color: #616061; } .slack .who time, .slack .context { color: #616061; }
.slack a { color: #1264a3; text-decoration: none; } .slack .call { background: #fff3cd; color: #1264a3; }
.slack h1 { font-size: 18px; margin: 4px 0 6px; line-height: 1.3; }
.slack .attachment { border-left: 4px solid; border-radius: 3px; padding-left: 12px; margin: 4px 0; }
.slack .section { margin: 7px 0; white-space: pre-wrap; } .slack .context { font-size: 12.5px; margin: 7px 0; }
.slack .fields { display: grid; grid-template-columns: 1fr 1fr; gap: 7px 12px; margin: 7px 0; white-space: pre-wrap; }
.slack pre { border: 1px solid #ddd; border-radius: 4px; background: #f8f8f8; padding: 8px; font-size: 12px; line-height: 1.5; white-space: pre-wrap; overflow-wrap: anywhere; }
.slack .actions { display: flex; flex-wrap: wrap; gap: 7px; margin: 8px 0; }
.slack .button { border: 1px solid #bbb; border-radius: 5px; padding: 4px 11px; font-weight: 600; font-size: 13.5px; }
.slack .select { border: 1px solid #bbb; border-radius: 5px; padding: 4px 9px; font-size: 13.5px; } .slack .select::after { content: " ⌄"; color: #888; }
.slack img { width: 400px; border: 1px solid #e3e3e3; border-radius: 8px; display: block; margin: 8px 0; }
.discord { background: #313338; color: #dbdee1; } .discord .avatar { border-radius: 50%; }
.discord .who b { color: #fff; font-weight: 600; } .discord .who span { background: #5865f2; color: #fff; } .discord .who time { color: #949ba4; }
.discord a { color: #00a8fc; text-decoration: none; } .discord .call { background: #3c4270; color: #c9cdfb; border-radius: 3px; padding: 0 2px; }
.discord .text { white-space: pre-wrap; } .discord code { background: #1e1f22; border-radius: 3px; padding: 1px 3px; font-size: 13px; }
.discord pre { background: #1e1f22; border: 1px solid #1a1b1e; border-radius: 4px; padding: 7px; font-size: 12px; line-height: 1.4; white-space: pre-wrap; }
.discord .embed { background: #2b2d31; border-left: 4px solid; border-radius: 4px; padding: 10px 14px 14px 12px; margin: 5px 0; max-width: 516px; font-size: 14px; line-height: 1.35; }
.discord .embed h1 { font-size: 15.5px; color: #fff; margin: 2px 0 7px; } .discord .footer { font-size: 12px; color: #b5bac1; margin-top: 8px; }
.discord .grid { display: grid; grid-template-columns: repeat(3, 1fr); gap: 8px; margin-top: 8px; } .discord .wide { grid-column: 1 / -1; }
.discord .name { font-weight: 600; color: #fff; font-size: 13px; } .discord img { width: 400px; border-radius: 4px; display: block; margin-top: 10px; }
.discord .row { display: flex; flex-wrap: wrap; gap: 7px; margin-top: 7px; max-width: 516px; }
.discord .button { background: #4e5058; color: #fff; border-radius: 4px; padding: 5px 14px; font-size: 13.5px; font-weight: 600; } .discord .first { background: #5865f2; }
.discord .select { background: #1e1f22; border-radius: 4px; padding: 8px 11px; width: 400px; font-size: 14px; } .discord .select::after { content: "⌄"; float: right; color: #b5bac1; }
.behind { padding: 24px; } .slack.behind { background: #8a898a; } .discord.behind { background: #1a1b1e; }
.dialog { max-width: 520px; margin: 0 auto; border-radius: 8px; } .dialog .close { float: right; font-weight: 400; }
.slack .dialog { background: #fff; } .slack .dialog h1 { font-size: 22px; margin: 0; padding: 18px 24px 10px; } .slack .close { color: #616061; }
.slack .input { padding: 8px 24px; } .slack .input b { display: block; margin-bottom: 5px; } .slack .input b span { color: #616061; font-weight: 400; }
.slack .box { border: 1px solid #868686; border-radius: 4px; padding: 7px 11px; min-height: 38px; } .slack .wrong .box { border: 2px solid #e01e5a; }
.slack .hint { color: #616061; font-size: 13px; margin-top: 4px; } .slack .error { color: #b3123f; font-size: 13px; font-weight: 600; margin-top: 5px; }
.slack .foot { display: flex; justify-content: flex-end; gap: 10px; padding: 16px 24px 20px; } .slack .go { background: #007a5a; border-color: #007a5a; color: #fff; }
.discord .dialog { background: #313338; max-width: 440px; } .discord .dialog h1 { font-size: 20px; color: #fff; margin: 0; padding: 18px 16px 8px; } .discord .close { color: #b5bac1; }
.discord .input { padding: 8px 16px; } .discord .input b { display: block; font-size: 14px; font-weight: 600; color: #f2f3f5; margin-bottom: 6px; } .discord .input b span { color: #f23f43; }
.discord .box { background: #1e1f22; border-radius: 3px; padding: 9px 10px; min-height: 40px; } .discord .placeholder { color: #87898c; white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
.discord .foot { display: flex; justify-content: flex-end; gap: 12px; background: #2b2d31; padding: 14px 16px; margin-top: 12px; border-radius: 0 0 8px 8px; }
"""


def moment(seconds):
    return datetime.datetime.fromtimestamp(int(seconds), ZONE).strftime("%d %b %Y %H:%M")


def picture(charts, platform):
    if platform not in charts:
        return ""
    return f'<img src="data:image/png;base64,{base64.b64encode(charts[platform]).decode()}">'


# Slack

def mrkdwn(text):
    def tag(found):
        inside = html.unescape(found.group(1))
        if inside.startswith("!date^"):
            return moment(inside.split("^")[1])
        address, _, label = inside.partition("|")
        return f"<a>{html.escape(label or address)}</a>"

    # Slack's escapes are HTML's.
    text = re.sub(r"<([^<>]*)>", tag, text)
    return re.sub(r"(?<![\w*])\*(?! )([^*\n]+)\*(?!\w)", r"<b>\1</b>", text)


def text_object(of):
    return mrkdwn(of["text"]) if of["type"] == "mrkdwn" else html.escape(of["text"])


def rich(element):
    kind = element["type"]
    if kind in ("rich_text_section", "rich_text_preformatted"):
        inside = "".join(rich(e) for e in element["elements"])
        return f"<pre>{inside}</pre>" if kind.endswith("preformatted") else f'<div class="section">{inside}</div>'
    if kind == "date":
        return moment(element["timestamp"])
    if kind in ("user", "usergroup", "broadcast"):
        name = element.get("range") or element.get("user_id") or element.get("usergroup_id")
        return f'<span class="call">@{html.escape(name)}</span>'
    shown = html.escape(element.get("text", ""))
    if element.get("style", {}).get("bold"):
        shown = f"<b>{shown}</b>"
    return f"<a>{shown}</a>" if kind == "link" else shown


def slack_control(of):
    if of["type"] == "button":
        return f'<span class="button">{text_object(of["text"])}</span>'
    chosen = of.get("initial_option", {"text": of["placeholder"]})["text"]
    return f'<span class="select">{text_object(chosen)}</span>'


def slack_block(block, image):
    kind = block["type"]
    if kind == "header":
        return f'<h1>{text_object(block["text"])}</h1>'
    if kind == "rich_text":
        return "".join(rich(e) for e in block["elements"])
    if kind == "section":
        return '<div class="fields">' + "".join(f"<div>{text_object(f)}</div>" for f in block["fields"]) + "</div>"
    if kind == "context":
        return '<div class="context">' + " &nbsp; ".join(text_object(e) for e in block["elements"]) + "</div>"
    if kind == "actions":
        return '<div class="actions">' + "".join(slack_control(e) for e in block["elements"]) + "</div>"
    raise ValueError(f"a block of a kind that is not drawn here: {kind}")


def slack(body, charts):
    def page(blocks):
        shown = [slack_block(block, charts) for block in blocks]
        # As the renderer puts it: below the text, above what can be pressed.
        controls = next((n for n, block in enumerate(blocks) if block["type"] in ("actions", "context")), len(shown))
        return shown, controls

    attachments = body.get("attachments", [])
    blocks, at = page(body["blocks"])
    if not attachments:
        blocks.insert(at, picture(charts, "slack"))
    shown = "".join(blocks)
    for attachment in attachments:
        blocks, at = page(attachment["blocks"])
        blocks.insert(at, picture(charts, "slack"))
        shown += f'<div class="attachment" style="border-color: {attachment["color"]}">{"".join(blocks)}</div>'
    return shown


def slack_dialog(body):
    """As it is opened; or, as `view`, with what was `filled` in and the `errors` it was answered with."""
    view, filled, errors = body.get("view", body), body.get("filled", {}), body.get("errors", {})

    def field(block):
        name, element = block["block_id"], block["element"]
        optional = " <span>(optional)</span>" if block["optional"] else ""
        error = f'<div class="error">⚠ {html.escape(errors[name])}</div>' if name in errors else ""
        return (
            f'<div class="input {"wrong" if error else ""}"><b>{text_object(block["label"])}{optional}</b>'
            f'<div class="box">{html.escape(filled.get(name, element.get("initial_value", "")))}</div>{error}'
            f'<div class="hint">{text_object(block["hint"])}</div></div>'
        )

    return (
        f'<div class="dialog"><h1>{text_object(view["title"])}<span class="close">✕</span></h1>'
        + "".join(field(block) for block in view["blocks"])
        + f'<div class="foot"><span class="button">{text_object(view["close"])}</span>'
        f'<span class="button go">{text_object(view["submit"])}</span></div></div>'
    )


# Discord

MARKDOWN = re.compile(
    r"```\n?(?P<block>.*?)\n?```|`(?P<code>[^`\n]*)`|\[(?P<label>(?:\\.|[^\[\]\\])*)\]\((?P<url>https?://[^\s()]+)\)"
    r"|<t:(?P<time>-?\d+):f>|<@&?(?P<who>\d+)>|\*\*(?P<bold>(?:\\.|[^*\\])+)\*\*|\\(?P<escaped>.)|(?P<other>.)",
    re.S,
)


def markdown(text):
    def shown(found):
        kind, inside = found.lastgroup, found.group(found.lastgroup)
        if kind == "block":
            return f"<pre>{html.escape(inside)}</pre>"
        if kind == "code":
            return f"<code>{html.escape(inside)}</code>"
        if kind == "url":
            return f'<a>{markdown(found.group("label"))}</a>'
        if kind == "time":
            return moment(inside)
        if kind == "who":
            return f'<span class="call">@{inside}</span>'
        if kind == "bold":
            return f"<b>{markdown(inside)}</b>"
        return html.escape(inside)

    return re.sub(r"</pre>\n", "</pre>", MARKDOWN.sub(shown, text))


def discord_control(of):
    if of["type"] == 2:
        kind = "button first" if of["style"] == 1 else "button"
        mark = " ↗" if of["style"] == 5 else ""
        return f'<span class="{kind}">{html.escape(of["label"])}{mark}</span>'
    chosen = next((o["label"] for o in of["options"] if o.get("default")), of["placeholder"])
    return f'<span class="select">{html.escape(chosen)}</span>'


def embed(of, image):
    shown = f'<h1>{markdown(of["title"])}</h1>' if of.get("title") else ""
    shown += f'<div class="text">{markdown(of["description"])}</div>' if of.get("description") else ""
    fields = "".join(
        f'<div class="{"" if f["inline"] else "wide"}"><div class="name">{markdown(f["name"])}</div>'
        f'<div class="text">{markdown(f["value"])}</div></div>'
        for f in of.get("fields", [])
    )
    shown += f'<div class="grid">{fields}</div>' if fields else ""
    shown += image
    shown += f'<div class="footer">{html.escape(of["footer"]["text"])}</div>' if of.get("footer") else ""
    return f'<div class="embed" style="border-color: #{of["color"]:06x}">{shown}</div>'


def discord(body, charts):
    shown = f'<div class="text">{markdown(body["content"])}</div>' if body["content"] else ""
    embeds = body["embeds"]
    for n, each in enumerate(embeds):
        shown += embed(each, picture(charts, "discord") if n == len(embeds) - 1 else "")
    for row in body["components"]:
        shown += '<div class="row">' + "".join(discord_control(c) for c in row["components"]) + "</div>"
    return shown


def discord_dialog(body):
    def field(row):
        of = row["components"][0]
        needed = " <span>*</span>" if of["required"] else ""
        inside = html.escape(of.get("value", "")) or f'<div class="placeholder">{html.escape(of["placeholder"])}</div>'
        return f'<div class="input"><b>{html.escape(of["label"])}{needed}</b><div class="box">{inside}</div></div>'

    return (
        f'<div class="dialog"><h1>{html.escape(body["title"])}<span class="close">✕</span></h1>'
        + "".join(field(row) for row in body["components"])
        + '<div class="foot"><span class="button">Cancel</span><span class="button first">Submit</span></div></div>'
    )


# Pictures

def is_dialog(body):
    return "view" in body or body.get("type") == "modal" or "title" in body


def snapshots():
    """Each as (name, platform, body)."""
    for path in sorted((ROOT / "tests/it/snapshots").glob("it__gallery__*.snap")):
        name, _, platform = path.stem.removeprefix("it__gallery__").rpartition("_")
        if platform in ("slack", "discord"):
            yield name, platform, path
    for platform in ("slack", "discord"):
        for path in sorted((ROOT / f"src/chat/{platform}/render/snapshots").glob("*.snap")):
            name = path.stem.rpartition("__")[2]
            if name.startswith(("card_", "group_")):
                yield name, platform, path


def message(shown):
    return (
        '<div class="message"><div class="avatar">🔔</div><div class="main"><div class="who"><b>Deskbell</b><span>APP</span>'
        f"<time>15:10</time></div>{shown}</div></div>"
    )


def page(body, charts, platform):
    style = STYLE.replace("FONTS", (ROOT / "src/chart/fonts").as_uri())
    behind = " behind" if is_dialog(body) else ""
    if behind:
        shown = {"slack": slack_dialog, "discord": discord_dialog}[platform](body)
    else:
        shown = message({"slack": slack, "discord": discord}[platform](body, charts))
    return (
        f'<!doctype html><meta charset="utf-8"><style>{style}</style><body class="{platform}{behind}">{shown}'
        "<script>document.fonts.ready.then(() => document.title = document.body.scrollHeight)</script>"
    )


def chromium(profile, *arguments):
    command = [
        "chromium", "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
        "--disable-component-update", "--disable-sync", "--hide-scrollbars", f"--user-data-dir={profile}", *arguments,
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    if done.returncode:
        sys.exit(f"chromium: {done.stderr[-2000:]}")
    return done.stdout


def main(*arguments):
    parser = argparse.ArgumentParser(description="Makes pictures of the snapshots of messages.")
    parser.add_argument("--scale", default="1.5", help="pixels of a point")
    parser.add_argument("directory", type=lambda path: pathlib.Path(path).resolve())
    parser.add_argument("names", nargs="*")
    asked = parser.parse_args(arguments)
    directory, names = asked.directory, asked.names
    with tempfile.TemporaryDirectory() as scratch:
        for name, platform, path in snapshots():
            if names and name not in names:
                continue
            body = json.loads(path.read_text().split("\n---\n", 1)[1])
            chart = directory / f"{name}.{platform}.chart.png"
            charts = {platform: chart.read_bytes()} if chart.exists() else {}
            source = pathlib.Path(scratch) / "message.html"
            source.write_text(page(body, charts, platform))
            width = WIDTH[platform]
            measured = chromium(scratch, f"--window-size={width},400", "--virtual-time-budget=2000", "--dump-dom", source.as_uri())
            height = int(re.search(r"<title>(\d+)</title>", measured).group(1))
            to = directory / f"{name}.{platform}.png"
            chromium(scratch, f"--window-size={width},{height}", f"--force-device-scale-factor={asked.scale}",
                     "--virtual-time-budget=2000", f"--screenshot={to}", source.as_uri())
            print(to)


if __name__ == "__main__":
    main(*sys.argv[1:])
