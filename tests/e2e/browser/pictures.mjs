// Takes the pictures of docs/ for tests/web/screenshots.py: node pictures.mjs ORIGIN FOLDER TIME
import {chromium} from 'playwright-core';

const [origin, folder, now] = process.argv.slice(2);
const browser =
    await chromium.launch({executablePath: '/usr/bin/chromium', args: ['--no-sandbox']});

// What is to be seen, in a window of that size.
async function picture(name, view, size, wish, work = async () => {}) {
  const context = await browser.newContext({
    locale: wish.locale || 'en-GB',
    colorScheme: wish.dark ? 'dark' : 'light',
    viewport: size,
    reducedMotion: 'reduce',
    timezoneId: 'Europe/Berlin',
  });
  const page = await context.newPage();
  await page.clock.setFixedTime(now);
  await page.goto(`${origin}/#enter=0`);
  await page.locator('section.card').first().waitFor();
  await page.goto(`${origin}/#${view}`);
  await work(page);
  const over = await page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  if (over > 0) throw new Error(`${name} is wider than its window`);
  await page.screenshot({path: `${folder}/web-${name}.png`, fullPage: Boolean(wish.whole)});
  await context.close();
}

const wide = {width: 1000, height: 1130};
const charts = (page) => page.locator('svg.chart').nth(1).waitFor();
const device = async (page) => {
  await page.locator('#device-name').fill('phone');
  await page.locator('form button[type=submit]').click();
  await page.locator('#device-password').waitFor();
};

await picture('light', 'overview', wide, {}, charts);
await picture('dark', 'overview', wide, {dark: true}, charts);
await picture('devices', 'devices', {width: 1000, height: 780}, {}, device);
await picture('mail', 'mail', {width: 1000, height: 640}, {dark: true}, async (page) => {
  await page.locator('.hit').nth(1).click();
  await page.locator('#letter').waitFor();
  await page.mouse.move(0, 0);
  await page.evaluate(() => scrollTo(0, 0));
});
await picture('phone', 'devices', {width: 360, height: 740}, {locale: 'de-DE'});
await picture('setup', 'setup', {width: 1000, height: 620}, {}, async (page) => {
  await page.locator('#setup-address').fill('cleo@example.net');
  await page.keyboard.press('Enter');
  await page.locator('#setup-password').fill('secret');
  await page.keyboard.press('Enter');
  await page.locator('#setup-account').waitFor();
});
await browser.close();
