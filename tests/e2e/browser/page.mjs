// Opens Postern's page in Debian's Chromium and does what the test asks for:
//   node page.mjs '{"do": "sync", "link": "http://...", ...}'
// Prints one JSON object: what was seen.
import {chromium} from 'playwright-core';

const wish = JSON.parse(process.argv[2]);
const browser =
    await chromium.launch({executablePath: '/usr/bin/chromium', args: ['--no-sandbox']});
const context = await browser.newContext({
  locale: wish.locale || 'en-GB',
  colorScheme: wish.dark ? 'dark' : 'light',
  viewport: wish.phone ? {width: 360, height: 740} : {width: 1100, height: 800},
  reducedMotion: 'reduce',
  timezoneId: 'Europe/Berlin',
});
const page = await context.newPage();
page.setDefaultTimeout(30000);
const seen = {
  errors: [],
  foreign: [],
  dialogs: 0
};
page.on('pageerror', (error) => seen.errors.push(String(error)));
page.on('console', (line) => line.type() === 'error' && seen.errors.push(line.text()));
page.on('dialog', (dialog) => {
  ++seen.dialogs;
  dialog.dismiss();
});
const origin = new URL(wish.link).origin;
page.on('request', (request) => {
  if (!request.url().startsWith(origin)) seen.foreign.push(request.url());
});

const card = (account) => page.locator(`section[aria-label="${account}"]`);
const shot = async (name, options = {}) => {
  if (wish.shots) await page.screenshot({path: `${wish.shots}/web-${name}.png`, ...options});
};
const overflow = () => page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth);
const open = async () => {
  await page.goto(wish.link);
  await card(wish.account).waitFor();
};
// Presses Tab until the focus is on what `selector` names.
const tabTo = async (selector) => {
  for (let i = 0; i < 80; ++i) {
    await page.keyboard.press('Tab');
    const there = await page.evaluate((one) => {
      const focus = document.activeElement;
      const style = getComputedStyle(focus);
      return focus.matches(one) ?
          {visible: style.outlineStyle !== 'none' && style.outlineWidth !== '0px'} :
          null;
    }, selector);
    if (there) return there.visible;
  }
  throw new Error(`the keyboard does not reach ${selector}`);
};

const tours = {
  // From the link to the end of a long sync, looked at all the time.
  async sync() {
    await page.goto(wish.link);
    await card(wish.account).waitFor();
    seen.address = page.url();
    await card(wish.account).getByRole('button', {name: 'Poll now'}).click();
    seen.states = [];
    const end = Date.now() + 60000;
    while (Date.now() < end) {
      const text = (await card(wish.account).locator('.state').allTextContents()).join();
      if (seen.states.at(-1) !== text) seen.states.push(text);
      if (text.startsWith('Fetching') && !seen.shown) {
        seen.shown = true;
        seen.bar = await card(wish.account).locator('progress').count();
        await shot('sync');
      }
      if (text === 'Up to date' && seen.shown) break;
    }
    await card(wish.account).getByText(`${wish.wanted}, in`).waitFor();
    seen.cookies = await context.cookies();
    // The same link again, in a browser that knows nothing.
    const stranger = await (await browser.newContext({locale: 'en-GB'})).newPage();
    await stranger.goto(wish.link);
    await stranger.getByRole('alert').waitFor();
    seen.stranger = await stranger.getByRole('main').innerText();
    // And our own page, loaded anew without it.
    await page.goto(origin);
    await card(wish.account).waitFor();
  },

  async poll() {
    await open();
    await card(wish.account).getByText(wish.before).waitFor();
    await card(wish.account).getByRole('button', {name: 'Poll now'}).click();
    await card(wish.account).getByText(`${wish.wanted}, in`).waitFor();
    await card(wish.account).getByRole('button', {name: 'What would be deleted?'}).click();
    await card(wish.account).getByText('Nothing was changed.').waitFor();
    seen.preview = await card(wish.account).getByRole('status').innerText();
    await page.locator('svg.chart').first().waitFor();
    seen.charts = await page.locator('svg.chart').count();
    await shot('overview', {fullPage: true});
  },

  async hostile() {
    await open();
    await page.getByRole('link', {name: 'Mail'}).click();
    await page.locator('.hit').first().waitFor();
    seen.letters = [];
    for (let i = 0; i < (await page.locator('.hit').count()); ++i) {
      const hit = page.locator('.hit').nth(i);
      const listed = await hit.locator('b').innerText();
      await hit.click();
      await page.locator(`.hit[aria-current]`).nth(0).waitFor();
      await page.locator('#letter h2').filter({hasText: listed.slice(0, 10).trim()}).waitFor();
      seen.letters.push({
        listed,
        subject: await page.locator('#letter h2').innerText(),
        text: await page.locator('#letter pre').innerText(),
        inside: await page.locator('#letter').evaluate(
            (node) => [...node.querySelectorAll('*')]
                          .map((one) => one.localName)
                          .filter(
                              (one) =>
                                  !['h2', 'h3', 'bdi', 'dl', 'dt', 'dd', 'ul', 'li', 'pre', 'p']
                                       .includes(one)),
            ),
      });
    }
    seen.marks = await page.evaluate(
        () => Object.keys(window).filter((one) => /xss|pwned|hacked/i.test(one)));
    seen.scripts = await page.locator('script').count();
    await page.locator('.hit').filter({hasText: 'script'}).first().click();
    await shot('mail');
  },

  async keyboard() {
    await open();
    seen.visible = [];
    seen.visible.push(await tabTo('a.skip'));
    seen.visible.push(await tabTo('a[href="#mail"]'));
    await page.keyboard.press('Enter');
    await page.locator('.hit').first().waitFor();
    seen.visible.push(await tabTo('#mail-text'));
    await page.keyboard.type(wish.words);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', {name: wish.words}).waitFor();
    seen.visible.push(await tabTo('.hit'));
    await page.keyboard.press('Enter');
    await page.locator('#letter').waitFor();
    seen.subject = await page.locator('#letter h2').innerText();
    seen.focus = await page.evaluate(() => document.activeElement.id);
    await page.goto(`${origin}/#overview`);
    await card(wish.account).waitFor();
    seen.visible.push(await tabTo('[data-action="poll"]'));
    await page.keyboard.press('Enter');
    await card(wish.account).getByText('Asked for.').waitFor();
  },

  async look() {
    await open();
    await page.locator('svg.chart').first().waitFor();
    seen.language = await page.evaluate(() => document.documentElement.lang);
    seen.ground = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    seen.text = await page.getByRole('main').innerText();
    seen.overflow = [await overflow()];
    await shot(wish.name, {fullPage: Boolean(wish.full)});
    for (const name of ['mail', 'devices', 'setup']) {
      await page.goto(`${origin}/#${name}`);
      if (name === 'mail') await page.locator('.hit').first().click();
      const last = {mail: '#letter', devices: '#device-name', setup: '#setup-address'};
      await page.locator(last[name]).waitFor();
      seen.overflow.push(await overflow());
      await shot(`${wish.name}-${name}`);
    }
  },

  // A device with its password, then its link in a browser that knows nothing, twice.
  async device() {
    await open();
    await page.getByRole('link', {name: 'Devices'}).click();
    await page.getByLabel('Name of the device').fill(wish.name);
    await page.keyboard.press('Enter');
    seen.password = await page.locator('#device-password').innerText();
    seen.user = await page.locator('#device-user').innerText();
    seen.made = await page.getByRole('main').innerText();
    seen.qr = await page.locator('figure.qr svg').count();
    await shot('devices', {fullPage: true});
    const link = await page.locator('#device-link').getAttribute('href');
    const stranger = await (await browser.newContext({locale: 'en-GB'})).newPage();
    await stranger.goto(link);
    await stranger.locator('.choice').first().waitFor();
    seen.choices = await stranger.locator('.choice b').allInnerTexts();
    await stranger.getByRole('button', {name: 'Anything else'}).click();
    await stranger.waitForURL(`${new URL(link).origin}/device`);
    await stranger.getByText('User name').waitFor();
    seen.given = await stranger.innerText('body');
    const again = await (await browser.newContext({locale: 'en-GB'})).newPage();
    await again.goto(link);
    await again.getByRole('alert').waitFor();
    seen.again = await again.innerText('body');
  },

  async sender() {
    await open();
    await page.getByRole('link', {name: 'Devices'}).click();
    await page.getByLabel('Name of the device').fill(wish.name);
    await page.getByLabel(/Only send/).check();
    await page.getByLabel('The address that it sends from').fill(wish.sender);
    await page.getByRole('button', {name: 'Make a password'}).click();
    await page.getByRole('alert').waitFor();
    seen.refused = await page.getByRole('alert').innerText();
  },

  async revoke() {
    await open();
    await page.getByRole('link', {name: 'Devices'}).click();
    await page.getByRole('button', {name: `Revoke ${wish.device}`}).click();
    seen.asked = await page.getByRole('alertdialog').innerText();
    await page.getByRole('alertdialog').getByRole('button', {name: 'Revoke'}).click();
    await page.getByText('No device has a password of its own yet.').waitFor();
    seen.left = await page.getByRole('main').innerText();
  },

  async add() {
    await open();
    await page.getByRole('link', {name: 'New account'}).click();
    await page.getByLabel('Your mail address').fill(wish.address);
    await page.keyboard.press('Enter');
    await page.getByLabel('Password there').waitFor();
    await page.getByLabel(/POP3 server/).fill(wish.server);
    await page.getByLabel('User name there').fill(wish.user);
    await page.getByLabel('Password there').fill('wrong');
    await page.getByRole('button', {name: 'Try the login'}).click();
    await page.getByRole('alert').waitFor();
    seen.refused = await page.getByRole('alert').innerText();
    await shot('setup-refused');
    await page.getByLabel('Password there').fill(wish.password);
    await page.getByRole('button', {name: 'Try the login'}).click();
    await page.getByLabel('Name of the account here').fill(wish.name);
    await shot('setup');
    await page.getByRole('button', {name: 'Add it'}).click();
    seen.password = await page.locator('#new-password').innerText();
    await page.getByRole('button', {name: 'Watch it'}).click();
    await card(wish.name).getByText(`${wish.wanted}, in`).waitFor();
  },
};

let failure;
try {
  await tours[wish.do]();
} catch (error) {
  failure = error;
  if (wish.shots) await page.screenshot({path: `${wish.shots}/failure.png`}).catch(() => {});
  seen.failure = `${error}\n${await page.innerText('body').catch(() => '')}`;
}
console.log(JSON.stringify(seen));
await browser.close();
process.exit(failure ? 1 : 0);
