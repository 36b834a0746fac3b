// The first person who comes makes the account that runs the server.
import assert from 'node:assert/strict';
import { account, journey, url } from '../browser.mjs';

await journey(async (visit) => {
  const { page } = visit;
  await page.goto(`${url}/`);
  await page.waitForURL(`${url}/welcome`);
  await visit.look('form');

  await page.getByLabel('Your name').fill('Ada');
  await page.getByLabel('E-mail address').fill(account.email);
  await page.getByLabel('Password').fill(account.password);
  await page.getByRole('button', { name: 'Create account' }).click();
  await page.waitForURL(`${url}/photos`);
  await page.getByRole('heading', { name: 'No photos yet' }).waitFor();
  await visit.look('empty');
  for (const place of ['favorites', 'albums', 'archive', 'trash']) {
    await page.goto(`${url}/${place}`);
    await page.locator('.empty:not([hidden]) h2').waitFor();
    await visit.look(`empty-${place}`);
  }

  // Nobody else can do that again.
  await page.goto(`${url}/welcome`);
  await page.waitForURL(`${url}/photos`);
  assert.equal(await page.getByLabel('Your name').count(), 0);
});
