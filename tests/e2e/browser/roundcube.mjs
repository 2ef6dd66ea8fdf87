// Goes through Roundcube in Debian's Chromium as a person would:
//   node roundcube.mjs '{"address": "http://...", "user": ..., "password": ...}'
// Prints one JSON object: what was seen after each step.
import {chromium} from 'playwright-core';

const wish = JSON.parse(process.argv[2]);
const browser =
    await chromium.launch({executablePath: '/usr/bin/chromium', args: ['--no-sandbox']});
const context =
    await browser.newContext({viewport: {width: 1300, height: 800}, reducedMotion: 'reduce'});
const page = await context.newPage();
page.setDefaultTimeout(30000);
const seen = {errors: [], dialogs: 0};
page.on('pageerror', (error) => seen.errors.push(String(error)));
page.on('dialog', (dialog) => {
  ++seen.dialogs;
  dialog.dismiss();
});

const rows = page.locator('#messagelist tbody tr:visible');
const row = (subject) => rows.filter({hasText: subject});
const subjects = () => rows.locator('td.subject span.subject').allInnerTexts();
const letter = page.frameLocator('#messagecontframe');
// Until the row of `subject` is of this class.
const becomes = (subject, name) =>
    page.locator(`#messagelist tbody tr.${name}`).filter({hasText: subject}).waitFor();
// What a person asks for while it works, it drops.
const ready = () => page.waitForFunction('!rcmail.busy');

await page.goto(wish.address);
await page.locator('#rcmloginuser').fill(wish.user);
await page.locator('#rcmloginpwd').fill(wish.password);
await page.locator('#rcmloginsubmit').click();
await rows.nth(wish.messages - 1).waitFor();
seen.subjects = await subjects();
seen.mailboxes = await page.locator('#mailboxlist li > a').allInnerTexts();

await row(wish.hostile).click();
seen.hostile = await letter.locator('.subject').first().innerText();
seen.attacks = await Promise.all(page.frames().map((frame) => frame.evaluate('window.xss || 0')));

await row(wish.read).click();
await letter.getByText(wish.text).waitFor();
await page.locator('#messagelist tbody tr:not(.unread)').filter({hasText: wish.read}).waitFor();
await ready();
await row(wish.read).hover();
await row(wish.read).locator('td.flags span.flag span').dispatchEvent('click');
await becomes(wish.read, 'flagged');

await row(wish.removed).click();
await letter.getByText(wish.last).waitFor();
await ready();
await page.locator('a.delete:visible').first().click();
await row(wish.removed).waitFor({state: 'detached'});
seen.left = await subjects();

await ready();
await page.locator('#mailsearchform').fill(wish.words);
await page.locator('#mailsearchform').press('Enter');
await page.getByText(/^\d+ messages found/).waitFor();
seen.found = await subjects();
if (wish.shots) await page.screenshot({path: `${wish.shots}/roundcube.png`});
console.log(JSON.stringify(seen));
await browser.close();
