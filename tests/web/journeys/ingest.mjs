// Landing zones: a photo that is dropped arrives, what somebody deleted and what is no photo waits for a person, and a
// retry takes it in.
import assert from 'node:assert/strict';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DESKTOP, PHONE, journey } from '../browser.mjs';

const zone = process.env.TINTYPE_ZONE;

await journey(async (visit) => {
  const { page } = visit;
  visit.expect(404, '/ingest/undone/');
  await visit.signIn();
  const originals = await page.evaluate(async () => {
    const body = JSON.stringify({ size: 2 });
    const headers = { 'Content-Type': 'application/json' };
    const { assets } = await (await fetch('/api/search/metadata', { method: 'POST', headers, body })).json();
    const [deleted, known] = await Promise.all(assets.items.map(async ({ id }) => {
      const bytes = new Uint8Array(await (await fetch(`/api/assets/${id}/original`)).arrayBuffer());
      return [...bytes];
    }));
    const ids = [assets.items[0].id];
    await fetch('/api/assets', { method: 'DELETE', headers, body: JSON.stringify({ ids, force: false }) });
    return { deleted, known };
  });

  // An empty zone, from the navigation.
  await page.getByRole('link', { name: 'Landing zones' }).first().click();
  const card = page.locator('[data-zone="phone"]');
  await card.getByText('Idle').waitFor();
  await page.getByText('Nothing has failed.').waitFor();
  await visit.look('empty');

  // A new photo: the same picture with a number behind its end.
  const fresh = Buffer.concat([Buffer.from(originals.known), Buffer.from('another')]);
  await mkdir(join(zone, 'Camera'), { recursive: true });
  await writeFile(join(zone, 'Camera', 'fresh.jpg'), fresh);
  await writeFile(join(zone, 'Camera', 'deleted.jpg'), Buffer.from(originals.deleted));
  await writeFile(join(zone, 'notes.txt'), 'buy milk');
  await page.getByRole('button', { name: 'Look now' }).click();
  await page.locator('[data-file]').filter({ hasText: 'Camera/deleted.jpg' }).getByText('somebody deleted it').waitFor();
  await page.locator('[data-file]').filter({ hasText: 'notes.txt' }).getByText('no photo or video').waitFor();
  await visit.until(() => [...document.querySelectorAll('[data-zone] .counts div')].some((node) => (
    node.textContent.startsWith('Delivered') && node.querySelector('dd').textContent === '1'
  )));
  // What a browser cannot show steps aside; the photo is shown.
  await visit.until(() => [...document.querySelectorAll('[data-file] img')].some((image) => image.naturalWidth > 0));
  await visit.look('undone');
  await page.setViewportSize(PHONE.viewport);
  await visit.look('undone-phone');
  await page.setViewportSize(DESKTOP.viewport);
  assert.deepEqual(await readdir(join(zone, 'Camera')), [], 'originals are not left behind');

  // A person wants it after all.
  await page.getByRole('button', { name: 'Try again: Camera/deleted.jpg' }).click();
  await page.getByText('1 file is back in the zone').waitFor();
  await visit.until(() => ![...document.querySelectorAll('[data-file]')].some((node) => node.textContent.includes('deleted.jpg')));
  await visit.until(() => [...document.querySelectorAll('[data-zone] .counts div')].some((node) => (
    node.textContent.startsWith('Delivered') && node.querySelector('dd').textContent === '2'
  )));
  await page.getByRole('button', { name: 'Try all again' }).click();
  await page.locator('[data-file]').filter({ hasText: 'notes.txt' }).getByText('no photo or video').waitFor();
});
