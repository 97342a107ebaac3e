"""What Slack's own client for Python does with the local Slack: the same scenario as bolt.mjs."""

import os

from slack_bolt import App
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.models.blocks import ActionsBlock, ButtonElement, InputBlock, PlainTextInputElement, SectionBlock
from slack_sdk.models.metadata import Metadata
from slack_sdk.models.views import View

base = os.environ["SLACK_API"] + "/"
web = WebClient(token=os.environ["SLACK_BOT_TOKEN"], base_url=base)
app = App(client=web)
claim = ButtonElement(text="Claim", action_id="claim", value="4521")
until = PlainTextInputElement(action_id="value")


@app.command("/metrics")
def metrics(command, ack, respond, client):
    ack()
    respond(response_type="ephemeral", text=f"asked: {command['text']}", blocks=[SectionBlock(text="*42m*").to_dict()])
    channels = [c for page in client.conversations_list(types="public_channel", limit=2) for c in page["channels"]]
    assert any(c["id"] == command["channel_id"] for c in channels), "pages lead to every channel"
    client.chat_postMessage(
        channel=command["channel_id"],
        text="Ring",
        blocks=[SectionBlock(text="Ring"), ActionsBlock(elements=[claim])],
        metadata=Metadata(event_type="deskbell", event_payload={"delivery_id": "d1"}),
        unfurl_links=False,
        unfurl_media=False,
    )


@app.action("claim")
def claimed(action, ack, body, client):
    ack()
    assert action["value"] == "4521"
    channel = body["channel"]["id"]
    newest = client.conversations_history(channel=channel, include_all_metadata=True, limit=20)["messages"][0]
    assert newest["metadata"]["event_payload"]["delivery_id"] == "d1"
    try:
        client.chat_postMessage(channel="C0NOWHERE", text="x")
        raise AssertionError("a channel that does not exist was posted to")
    except SlackApiError as error:
        assert error.response["error"] == "channel_not_found"
    client.chat_update(channel=channel, ts=newest["ts"], text="Claimed", blocks=[SectionBlock(text="Claimed")])


@app.command("/sla")
def snooze(command, ack, client):
    ack()
    view = View(
        type="modal",
        callback_id="form",
        private_metadata=command["channel_id"],
        title="Snooze",
        submit="Snooze",
        blocks=[InputBlock(block_id="until", label="Until when", hint="Such as 15:30", element=until)],
    )
    opened = client.views_open(trigger_id=command["trigger_id"], view=view)
    assert opened["view"]["callback_id"] == "form"
    try:
        client.views_open(trigger_id=command["trigger_id"], view=view)
        raise AssertionError("a trigger opened two views")
    except SlackApiError as error:
        assert error.response["error"] == "exchanged_trigger_id"


@app.view("form")
def snoozed(ack, view, client):
    value = view["state"]["values"]["until"]["value"]["value"]
    if value != "15:30":
        ack(response_action="errors", errors={"until": f"{value} is no time"})
        return
    ack()
    client.chat_postMessage(channel=view["private_metadata"], text=f"Quiet until {value}")


SocketModeHandler(app, os.environ["SLACK_APP_TOKEN"], web_client=WebClient(base_url=base)).start()
