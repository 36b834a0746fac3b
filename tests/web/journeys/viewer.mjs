// One picture after the other, by keyboard; what is known about it, and what can be changed.
import assert from 'node:assert/strict';
import { journey, url } from '../browser.mjs';

await journey(async (visit) => {
  const { page } = visit;
  await visit.enter();
  const ids = await page.locator('.tile').evaluateAll((tiles) => tiles.map(({ dataset }) => dataset.id));
  const dialog = page.getByRole('dialog');
  const preview = () => visit.until(() => document.querySelectorAll('.stage img.ready').length === 2);

  await visit.tiles.first().focus();
  await page.keyboard.press('Enter');
  await dialog.waitFor();
  await page.waitForURL(`${url}/photos/${ids[0]}`);
  await preview();
  await visit.look('open');

  await page.keyboard.press('ArrowRight');
  await page.waitForURL(`${url}/photos/${ids[1]}`);
  await page.keyboard.press('ArrowLeft');
  await page.waitForURL(`${url}/photos/${ids[0]}`);

  // Tab stays inside: everything else is out of reach.
  for (let step = 0; step < 12; step += 1) {
    await page.keyboard.press('Tab');
    assert.ok(await page.evaluate(() => document.activeElement === document.body || document.activeElement.closest('.viewer')));
  }

  await page.keyboard.press('f');
  await page.getByRole('button', { name: /^Favourite/, pressed: true }).waitFor();
  await page.keyboard.press('i');
  await page.getByRole('heading', { name: 'Details' }).waitFor();
  await page.getByText('picture-11.jpg').first().waitFor();
  await page.getByLabel('Description').fill('By the sea');
  await page.getByLabel('Description').blur();
  await page.getByRole('button', { name: '4 stars' }).click();
  await page.getByRole('button', { name: '4 stars', pressed: true }).waitFor();
  await visit.look('details');

  // The back button closes it, and the picture one looked at has the focus.
  await page.goBack();
  await page.waitForURL(`${url}/photos`);
  await dialog.waitFor({ state: 'hidden' });
  assert.equal(await page.evaluate(() => document.activeElement.closest('.tile')?.dataset.id), ids[0]);
  await page.locator(`.tile[data-id="${ids[0]}"] .heart`).waitFor();

  // Loaded directly, everything is as it was left.
  await page.goto(`${url}/photos/${ids[0]}`);
  await dialog.waitFor();
  await page.keyboard.press('i');
  await page.getByRole('button', { name: '4 stars', pressed: true }).waitFor();
  assert.equal(await page.getByLabel('Description').inputValue(), 'By the sea');
  await page.keyboard.press('Delete');
  await page.waitForURL(`${url}/photos/${ids[1]}`);
  await visit.told('moved to trash');
  await page.keyboard.press('Escape');
  await page.waitForURL(`${url}/photos`);
  await visit.counts(11);

  // What does not exist is said in words.
  visit.expect(400, '/api/assets/');
  await page.goto(`${url}/photos/3f0c2b1e-5d2a-4c9b-8f57-0a1b2c3d4e5f`);
  await visit.told('does not exist');
  await page.waitForURL(`${url}/photos`);
});
