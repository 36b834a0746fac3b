// Writing into files: an admin looks at what would change, writes it, and takes it back.
import assert from 'node:assert/strict';
import { DESKTOP, PHONE, journey } from '../browser.mjs';

await journey(async (visit) => {
  const { page } = visit;
  await visit.signIn();
  const name = await page.evaluate(async () => {
    const headers = { 'Content-Type': 'application/json' };
    const ask = async (path, method, body) => fetch(`/api${path}`, { method, headers, body: JSON.stringify(body) });
    const { assets } = await (await ask('/search/metadata', 'POST', { size: 1 })).json();
    await ask(`/assets/${assets.items[0].id}`, 'PUT', { description: 'a word for every program', rating: 4 });
    return assets.items[0].originalFileName;
  });

  await page.getByRole('link', { name: 'Write into files' }).first().click();
  await page.getByRole('heading', { name: 'Write into files' }).waitFor();
  // Only what was said by hand.
  for (const words of ['Places', 'Dates', 'Names of people', 'Where faces are', 'Albums', 'Tags']) {
    await page.getByLabel(words, { exact: true }).uncheck();
  }
  await page.getByLabel('The label Favorite, where a file has none').check();
  visit.expect(400, '/write-back/begin');
  await page.getByLabel('Copy originals here before something is written into them').fill('relative');
  await page.getByRole('button', { name: 'Show what would change' }).click();
  await page.getByText('Say where old files go by a whole path').first().waitFor();
  await page.getByLabel('Copy originals here before something is written into them').fill('');
  await page.getByRole('button', { name: 'Show what would change' }).click();
  await page.getByRole('heading', { name: 'What would change' }).waitFor();
  const row = page.locator(`[data-written="${name}"]`);
  await row.getByText('XMP-dc:Description').waitFor();
  await row.getByText('a word for every program').first().waitFor();
  await page.getByText('1 would be written').waitFor();
  assert.equal(await page.locator('[data-run]').count(), 0, 'nothing was written');
  await visit.look('dry');
  await page.setViewportSize(PHONE.viewport);
  await visit.look('dry-phone');
  await page.setViewportSize(DESKTOP.viewport);

  await page.getByRole('button', { name: 'Write', exact: true }).click();
  await page.getByText('1 written').waitFor();
  await page.locator('[data-run="1"]').waitFor();
  await page.getByRole('button', { name: 'Write', exact: true }).click();
  await page.getByText('0 written, 12 equal').waitFor();
  await visit.look('written');

  await page.getByRole('button', { name: 'Take back: Run 1' }).click();
  await page.getByText('Took back run 1').waitFor();
  await page.getByText('1 written').waitFor();
});
