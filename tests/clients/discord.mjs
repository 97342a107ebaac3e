// What the client of Discord's own developers' documentation does with the local Discord.
import assert from 'node:assert/strict';
import { ButtonStyle, Client, ComponentType, MessageFlags, Routes, TextInputStyle } from 'discord.js';

const client = new Client({
  intents: [],
  allowedMentions: { parse: [] },
  rest: { api: `${process.env.DISCORD_API}/api` },
});
const claim = { type: ComponentType.Button, style: ButtonStyle.Primary, custom_id: 'claim', label: 'Claim' };
const later = { type: ComponentType.Button, style: ButtonStyle.Secondary, custom_id: 'later', label: 'Until' };
const until = {
  type: ComponentType.TextInput, style: TextInputStyle.Short, custom_id: 'until', label: 'Until when',
  placeholder: 'Such as 15:30', required: true,
};
const row = (...components) => ({ type: ComponentType.ActionRow, components });

client.once('clientReady', async () => {
  await client.rest.put(Routes.applicationCommands(process.env.DISCORD_APPLICATION), {
    body: [{
      name: 'metrics',
      description: 'The numbers',
      options: [{ type: 3, name: 'metric', description: 'Which', autocomplete: true }],
    }],
  });
});

client.on('interactionCreate', async (interaction) => {
  if (interaction.isAutocomplete()) {
    const typed = interaction.options.getFocused();
    await interaction.respond([{ name: `${typed}!`, value: `${typed}!` }]);
  } else if (interaction.isChatInputCommand()) {
    await interaction.deferReply({ flags: MessageFlags.Ephemeral });
    await interaction.editReply({ embeds: [{ title: `asked: ${interaction.options.getString('metric')}` }] });
    const channel = Routes.channelMessages(interaction.channelId);
    const body = {
      content: 'Ring', nonce: 'd1', enforce_nonce: true, allowed_mentions: { parse: [] }, components: [row(claim, later)],
    };
    const first = await client.rest.post(channel, { body });
    const again = await client.rest.post(channel, { body });
    assert.equal(first.id, again.id, 'the nonce makes a repeat the same message');
    await assert.rejects(client.rest.post(Routes.channelMessages('1'), { body }), { code: 10003 });
  } else if (interaction.isButton() && interaction.customId === 'later') {
    await interaction.showModal({ custom_id: 'form:4521', title: 'Snooze 4521', components: [row(until)] });
  } else if (interaction.isModalSubmit()) {
    assert.equal(interaction.customId, 'form:4521');
    assert.ok(interaction.isFromMessage(), 'it says which message had the button');
    await interaction.deferReply({ flags: MessageFlags.Ephemeral });
    await interaction.editReply({ content: `Quiet until ${interaction.fields.getTextInputValue('until')}` });
  } else if (interaction.isButton()) {
    await interaction.deferUpdate();
    await interaction.editReply({ content: 'Claimed', components: [] });
  }
});

await client.login(process.env.DISCORD_TOKEN);
