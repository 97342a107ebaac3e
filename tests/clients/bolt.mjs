// What Slack's own client for Node does with the local Slack: the same scenario as bolt.py.
import assert from 'node:assert/strict';
import bolt from '@slack/bolt';

const { App, SocketModeReceiver } = bolt;
const clientOptions = { slackApiUrl: `${process.env.SLACK_API}/` };
const receiver = new SocketModeReceiver({
  appToken: process.env.SLACK_APP_TOKEN,
  installerOptions: { clientOptions },
});
const app = new App({ token: process.env.SLACK_BOT_TOKEN, receiver, clientOptions });

const text = (words) => ({ type: 'section', text: { type: 'mrkdwn', text: words } });
const button = { type: 'button', action_id: 'claim', value: '4521', text: { type: 'plain_text', text: 'Claim' } };

app.command('/metrics', async ({ command, ack, respond, client }) => {
  await ack();
  await respond({ response_type: 'ephemeral', text: `asked: ${command.text}`, blocks: [text('*42m*')] });
  const channels = [];
  for await (const page of client.paginate('conversations.list', { types: 'public_channel', limit: 2 })) {
    channels.push(...page.channels);
  }
  assert.ok(channels.some((channel) => channel.id === command.channel_id), 'pages lead to every channel');
  await client.chat.postMessage({
    channel: command.channel_id,
    text: 'Ring',
    blocks: [text('Ring'), { type: 'actions', elements: [button] }],
    metadata: { event_type: 'deskbell', event_payload: { delivery_id: 'd1' } },
    unfurl_links: false,
    unfurl_media: false,
  });
});

app.action('claim', async ({ action, ack, body, client }) => {
  await ack();
  assert.equal(action.value, '4521');
  const channel = body.channel.id;
  const { messages } = await client.conversations.history({ channel, include_all_metadata: true, limit: 20 });
  assert.equal(messages[0].metadata.event_payload.delivery_id, 'd1');
  await assert.rejects(client.chat.postMessage({ channel: 'C0NOWHERE', text: 'x' }), /channel_not_found/);
  await client.chat.update({ channel, ts: messages[0].ts, text: 'Claimed', blocks: [text('Claimed')] });
});

const until = {
  type: 'input',
  block_id: 'until',
  label: { type: 'plain_text', text: 'Until when' },
  hint: { type: 'plain_text', text: 'Such as 15:30' },
  element: { type: 'plain_text_input', action_id: 'value' },
};

app.command('/sla', async ({ command, ack, client }) => {
  await ack();
  const view = {
    type: 'modal',
    callback_id: 'form',
    private_metadata: command.channel_id,
    title: { type: 'plain_text', text: 'Snooze' },
    submit: { type: 'plain_text', text: 'Snooze' },
    blocks: [until],
  };
  const opened = await client.views.open({ trigger_id: command.trigger_id, view });
  assert.equal(opened.view.callback_id, 'form');
  await assert.rejects(client.views.open({ trigger_id: command.trigger_id, view }), /exchanged_trigger_id/);
});

app.view('form', async ({ ack, view, client }) => {
  const { value } = view.state.values.until.value;
  if (value !== '15:30') {
    await ack({ response_action: 'errors', errors: { until: `${value} is no time` } });
    return;
  }
  await ack();
  await client.chat.postMessage({ channel: view.private_metadata, text: `Quiet until ${value}` });
});

await app.start();
