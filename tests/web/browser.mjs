// What all journeys share: the browser, the account, screenshots, and the watch over what pages must not do.
import assert from 'node:assert/strict';
import { mkdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const {
  TINTYPE_PACKAGES, TINTYPE_URL, TINTYPE_JOURNEY, TINTYPE_CHROMIUM, TINTYPE_EMAIL, TINTYPE_PASSWORD, TINTYPE_SCREENSHOTS,
} = process.env;
const packages = createRequire(join(TINTYPE_PACKAGES, 'index.js'));
const { chromium } = packages('playwright-core');
const AXE = await readFile(packages.resolve('axe-core/axe.min.js'), 'utf8');

export const url = TINTYPE_URL;
export const account = { email: TINTYPE_EMAIL, password: TINTYPE_PASSWORD };

/** How long anything on a page may take; a debug build on a busy machine is slow. */
const LIMIT_MS = 90_000;

const ARGUMENTS = [
  '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync',
];

export const DESKTOP = { viewport: { width: 1440, height: 900 } };
export const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };

/** What went wrong on a page without anybody asking. A journey that provokes a failed request names it. */
class Watch {
  faults = [];
  expected = [];

  constructor(page) {
    page.setDefaultTimeout(LIMIT_MS);
    page.on('pageerror', (error) => this.faults.push(`a script threw: ${error.stack ?? error}`));
    page.on('console', (message) => {
      // The browser reports failed requests here as well; those are looked at below.
      const known = message.text().startsWith('Failed to load resource');
      if (message.type() === 'error' && !known) this.faults.push(`on the console: ${message.text()}`);
    });
    page.on('request', (request) => {
      const own = /^(data|blob):/.test(request.url()) || request.url().startsWith(`${url}/`);
      if (!own) this.faults.push(`a request to another machine: ${request.url()}`);
    });
    page.on('response', (response) => {
      const path = new URL(response.url()).pathname;
      const known = this.expected.some(([status, start]) => response.status() === status && path.startsWith(start));
      if (response.status() >= 400 && !known) this.faults.push(`${response.status()} for ${path}`);
    });
  }
}

/** An open page with what a journey does to it. */
class Visit {
  constructor(page) {
    this.page = page;
    this.watch = new Watch(page);
    this.others = [];
  }

  /** Somebody else, with a browser of their own. */
  async somebody(device = DESKTOP) {
    const context = await this.page.context().browser().newContext({ ...device, locale: 'en-GB', timezoneId: 'UTC' });
    const other = new Visit(await context.newPage());
    this.others.push(other);
    return other;
  }

  /** A request to a path that starts like this may be answered with this status. */
  expect(status, path) {
    this.watch.expected.push([status, path]);
  }

  /** Leaves a picture for people to look at: of what fits on the screen, or of the whole page. */
  async shot(name, fullPage = false) {
    await mkdir(TINTYPE_SCREENSHOTS, { recursive: true });
    await this.page.screenshot({ path: join(TINTYPE_SCREENSHOTS, `${TINTYPE_JOURNEY}-${name}.png`), fullPage });
  }

  /** Fails when people with impairments cannot use what is shown, and leaves a picture of it. */
  async look(name, fullPage = false) {
    await this.shot(name, fullPage);
    // The policy of the pages forbids scripts from elsewhere; this one comes in with the browser.
    await this.page.evaluate(AXE);
    const { violations } = await this.page.evaluate(() => globalThis.axe.run());
    const grave = violations.filter(({ impact }) => ['serious', 'critical'].includes(impact));
    const found = grave.map(({ id, nodes }) => `${id}: ${nodes.slice(0, 3).map(({ html }) => html.slice(0, 160)).join(' | ')}`);
    assert.deepEqual(found, [], `on ${name}`);
  }

  /** Fails when something is wider than the screen. */
  async fits() {
    const [wide, screen] = await this.page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
    assert.ok(wide <= screen, `${wide} pixels on a screen of ${screen}`);
  }

  /** Waits until this is true of the page; a journey never sleeps. */
  async until(test, argument) {
    await this.page.waitForFunction(test, argument);
  }

  /** Fills in the sign-in form, which is what anybody without a session gets to see. */
  async fillIn({ email, password } = account) {
    await this.page.getByLabel(/e-?mail/i).fill(email);
    await this.page.getByLabel(/password/i).fill(password);
    await this.page.getByRole('button', { name: /sign in|log in/i }).click();
  }

  /** Signs in from the start page and waits until the form is gone. */
  async signIn() {
    await this.page.goto(`${url}/`);
    await this.fillIn();
    await this.page.getByLabel(/password/i).waitFor({ state: 'detached' });
  }

  /** Signs in and waits for the first pictures. */
  async enter() {
    await this.signIn();
    await this.tiles.first().waitFor();
    await this.until(() => document.querySelector('.tile img.ready'));
  }

  get tiles() {
    return this.page.locator('.tile-link');
  }

  /** The message that appears after something was done. */
  async told(text) {
    await this.page.locator('.toast').filter({ hasText: text }).first().waitFor();
  }

  /** Waits until this many pictures are shown; there are few enough to be in the document together. */
  async counts(number) {
    await this.until((wanted) => document.querySelectorAll('.tile').length === wanted, number);
  }
}

/** Runs a journey in a fresh browser: `await journey(async (visit) => { … })`. */
export async function journey(work, device = DESKTOP, timezoneId = 'UTC') {
  const browser = await chromium.launch({ executablePath: TINTYPE_CHROMIUM, args: ARGUMENTS });
  const context = await browser.newContext({ ...device, locale: 'en-GB', timezoneId });
  const visit = new Visit(await context.newPage());
  try {
    await work(visit);
    assert.deepEqual([visit, ...visit.others].flatMap(({ watch }) => watch.faults), []);
  } catch (error) {
    await visit.shot('failed').catch(() => {});
    await visit.others.at(-1)?.shot('failed-other').catch(() => {});
    console.error(`at ${visit.page.url()}`, error, visit.watch.faults, ...visit.others.map(({ watch }) => watch.faults));
    process.exitCode = 1;
    return;
  } finally {
    await browser.close();
  }
  console.log('journey done');
}
