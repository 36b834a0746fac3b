// Choosing pictures with the mouse and the keyboard, and what can be done with them at once.
import assert from 'node:assert/strict';
import { journey, url } from '../browser.mjs';

await journey(async (visit) => {
  const { page } = visit;
  const bar = page.getByRole('toolbar', { name: 'Chosen items' });
  const act = (name) => bar.getByRole('button', { name }).click();
  const chosen = (number) => bar.getByText(`${number} chosen`).waitFor();
  const check = (index) => page.locator('.tile-check').nth(index);
  await visit.enter();

  // A range: the circle, then the circle with Shift.
  await visit.tiles.nth(1).hover();
  await check(1).click();
  await check(4).click({ modifiers: ['Shift'] });
  await chosen(4);
  await visit.look('range');
  await page.keyboard.press('Escape');
  await bar.waitFor({ state: 'hidden' });

  // Arrows move, Space chooses.
  await visit.tiles.first().focus();
  await page.keyboard.press('Space');
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('Space');
  await chosen(2);
  await page.keyboard.press('ArrowDown');
  assert.notEqual(await page.evaluate(() => document.activeElement.closest('.tile')?.dataset.id), undefined);
  await act('Favourite');
  await visit.until(() => document.querySelectorAll('.badge.heart').length === 2);
  await bar.waitFor({ state: 'hidden' });
  await page.goto(`${url}/favorites`);
  await visit.counts(2);
  await visit.look('favourites');

  // Archived ones leave the timeline and come back.
  await page.goto(`${url}/photos`);
  await visit.counts(12);
  await visit.tiles.nth(2).hover();
  await check(2).click();
  await act('Archive');
  await visit.told('1 item archived');
  await visit.counts(11);
  await page.goto(`${url}/archive`);
  await visit.counts(1);
  await visit.look('archive');
  await visit.tiles.first().hover();
  await check(0).click();
  await act('Back to timeline');
  await page.getByRole('heading', { name: 'The archive is empty' }).waitFor();

  // Originals: one by itself, several as an archive.
  await page.goto(`${url}/photos`);
  await visit.counts(12);
  await visit.tiles.first().hover();
  await check(0).click();
  const [original] = await Promise.all([page.waitForEvent('download'), act('Download')]);
  assert.equal(original.suggestedFilename(), 'picture-11.jpg');
  await bar.waitFor({ state: 'hidden' });
  await visit.tiles.first().hover();
  await check(0).click();
  await check(1).click();
  const [archive] = await Promise.all([page.waitForEvent('download'), act('Download')]);
  assert.equal(archive.suggestedFilename(), 'photos.zip');
});
