// Drives an IMAP server with ImapFlow and prints what it saw as one JSON object, for test_imapflow.py to judge.
// Arguments: host port user password.
import { ImapFlow } from 'imapflow';

const [host, port, user, pass] = process.argv.slice(2);
const options = { host, port: Number(port), secure: false, doSTARTTLS: false, logger: false, auth: { user, pass } };
const seen = {};

const client = new ImapFlow(options);
await client.connect();
seen.capabilities = [...client.capabilities.keys()];
seen.mailboxes = (await client.list()).map((box) => ({ path: box.path, use: box.specialUse ?? null }));

let lock = await client.getMailboxLock('INBOX');
seen.exists = client.mailbox.exists;
seen.messages = [];
for await (const one of client.fetch('1:*', { envelope: true, bodyStructure: true, flags: true, size: true, source: true })) {
  seen.messages.push({
    uid: one.uid,
    subject: one.envelope.subject ?? null,
    from: one.envelope.from?.[0]?.name ?? null,
    type: one.bodyStructure.type,
    parts: one.bodyStructure.childNodes?.map((node) => node.type) ?? [],
    size: one.size,
    source: one.source.toString('base64'),
  });
}
seen.part = await read((await client.download(String(seen.messages[1].uid), '2', { uid: true })).content);
seen.found = await client.search({ or: [{ subject: 'third' }, { body: 'fourth' }] }, { uid: true });
seen.festival = await client.search({ subject: 'STRAßENFEST' }, { uid: true });
seen.greeting = await client.search({ or: [{ body: 'grüße' }, { subject: 'straße' }] }, { uid: true });
await client.messageFlagsAdd('1', ['\\Seen', '$Label']);
await client.messageFlagsRemove('1', ['$Label']);
seen.flags = [...(await client.fetchOne('1', { flags: true })).flags].filter((flag) => flag !== '\\Recent');
seen.moved = await client.messageMove('2', 'Archive');
seen.moved.uidMap = [...seen.moved.uidMap];
seen.copied = (await client.messageCopy('1', 'Archive')).destination;
seen.deleted = await client.messageDelete('2');
seen.left = (await client.search({ all: true }, { uid: true })).length;
lock.release();

seen.created = await client.mailboxCreate(['Reisen', 'Größe']);
seen.appended = await client.append('Reisen/Größe', 'Subject: from node\r\n\r\nbody\r\n', ['\\Flagged']);
seen.status = await client.status('Reisen/Größe', { messages: true, unseen: true, uidNext: true });
await client.mailboxRename('Reisen/Größe', 'Reisen/Länge');
await client.mailboxDelete('Reisen/Länge');
seen.after = (await client.list()).map((box) => box.path);

// A second connection writes while the first one waits in IDLE.
lock = await client.getMailboxLock('INBOX');
const told = new Promise((resolve) => client.once('exists', resolve));
const idling = client.idle();
const other = new ImapFlow(options);
await other.connect();
await other.append('INBOX', 'Subject: pushed\r\n\r\nbody\r\n');
seen.told = (await told).count;
await client.noop();
await idling;
await other.logout();
lock.release();
await client.logout();

const wrong = new ImapFlow({ ...options, auth: { user, pass: `${pass} not` } });
wrong.on('error', () => {});
seen.refused = await wrong.connect().then(() => false, (error) => Boolean(error.authenticationFailed));
wrong.close();

console.log(JSON.stringify(seen, (_, value) => (typeof value === 'bigint' ? Number(value) : value)));

async function read(stream) {
  const pieces = [];
  for await (const piece of stream) pieces.push(piece);
  return Buffer.concat(pieces).toString('utf8');
}
