// Light and dark: the system's setting counts until somebody chooses, and the choice is remembered.
import assert from 'node:assert/strict';
import { DESKTOP, journey, url } from '../browser.mjs';

await journey(async (visit) => {
  const { page } = visit;
  const isDark = () => page.evaluate(() => getComputedStyle(document.body).colorScheme.includes('dark'));
  await visit.enter();
  assert.equal(await isDark(), true);
  await visit.look('dark');
  for (const place of ['albums', 'jobs', 'account', 'users', 'trash']) {
    await page.goto(`${url}/${place}`);
    await page.locator('h1').waitFor();
    await visit.look(`dark-${place}`);
  }
  await page.getByRole('button', { name: 'Light' }).click();
  assert.equal(await isDark(), false);
  await page.goto(`${url}/photos`);
  await visit.tiles.first().waitFor();
  assert.equal(await isDark(), false);
  await visit.look('light');
}, { ...DESKTOP, colorScheme: 'dark' });
