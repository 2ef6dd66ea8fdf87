// Logs in and waits for the end of the connection.
// Arguments: host port user password.
import { ImapFlow } from 'imapflow';

const [host, port, user, pass] = process.argv.slice(2);
const client = new ImapFlow({ host, port: Number(port), secure: false, doSTARTTLS: false, logger: false, auth: { user, pass } });
client.on('error', () => {});
const ended = new Promise((resolve) => client.on('close', resolve));
await client.connect();
await client.mailboxOpen('INBOX');
console.log('logged in');
await ended;
console.log('the connection ended');
