// Albums: made from chosen pictures, filled, changed and deleted.
import assert from 'node:assert/strict';
import { journey, url } from '../browser.mjs';

await journey(async (visit) => {
  const { page } = visit;
  const bar = page.getByRole('toolbar', { name: 'Chosen items' });
  const dialog = page.getByRole('dialog');
  const check = async (...indexes) => {
    for (const index of indexes) {
      await visit.tiles.nth(index).hover();
      await page.locator('.tile-check').nth(index).click();
    }
  };
  await visit.enter();

  await check(0, 1, 2);
  await bar.getByRole('button', { name: 'Add to album' }).click();
  await visit.look('choose');
  await dialog.getByRole('button', { name: 'New album' }).click();
  await dialog.getByLabel('Name').fill('Summer');
  await visit.look('create');
  await dialog.getByRole('button', { name: 'Create' }).click();
  await visit.told('Summer created');

  // Into the one that is there: what it has already is said.
  await check(2, 3);
  await bar.getByRole('button', { name: 'Add to album' }).click();
  await dialog.getByRole('button', { name: /Summer/ }).click();
  await visit.told('1 item added to Summer, 1 was there already');

  await page.goto(`${url}/albums`);
  await visit.until(() => [...document.querySelectorAll('.cover img')].every((image) => image.complete && image.naturalWidth > 0));
  await visit.look('all');
  await page.getByRole('link', { name: /Summer/ }).click();
  await visit.counts(4);
  await visit.look('one');
  const album = page.url();

  await page.getByRole('button', { name: 'Edit' }).click();
  await dialog.getByLabel('Name').fill('Late summer');
  await dialog.getByLabel('Description').fill('Two weeks by the sea.');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('heading', { name: 'Late summer' }).waitFor();
  const newest = await page.locator('.tile').first().getAttribute('data-id');
  await page.getByRole('button', { name: 'Newest first' }).click();
  await page.getByRole('button', { name: 'Oldest first' }).waitFor();
  await visit.counts(4);
  assert.equal(await page.locator('.tile').last().getAttribute('data-id'), newest);

  await check(1);
  await bar.getByRole('button', { name: 'Use as cover' }).click();
  await visit.told('This is the cover now');
  await check(0);
  await bar.getByRole('button', { name: 'Remove from album' }).click();
  await visit.counts(3);
  await page.getByText('3 items', { exact: false }).first().waitFor();

  // A picture opens within its album.
  await visit.tiles.first().click();
  await dialog.waitFor();
  assert.ok(page.url().startsWith(`${album}/`));
  await page.keyboard.press('Escape');
  await page.waitForURL(album);

  await page.getByRole('button', { name: 'Delete album' }).click();
  await visit.look('delete');
  await dialog.getByRole('button', { name: 'Delete album' }).click();
  await page.waitForURL(`${url}/albums`);
  await page.getByRole('heading', { name: 'No albums yet' }).waitFor();

  // Whoever kept its address is told.
  visit.expect(404, '/albums/');
  await page.goto(album);
  await page.getByRole('heading', { name: 'There is nothing here' }).waitFor();
  await visit.look('gone');
});
