// What is deleted waits in the trash: one comes back, the rest goes for good.
import { journey, url } from '../browser.mjs';

await journey(async (visit) => {
  const { page } = visit;
  const bar = page.getByRole('toolbar', { name: 'Chosen items' });
  const check = async (index, modifiers = []) => {
    await visit.tiles.nth(index).hover();
    await page.locator('.tile-check').nth(index).click({ modifiers });
  };
  await visit.enter();

  // Taken back at once.
  await check(0);
  await bar.getByRole('button', { name: 'Move to trash' }).click();
  await visit.counts(11);
  await visit.shot('moved');
  await page.getByRole('button', { name: 'Undo' }).click();
  await visit.counts(12);

  await check(0);
  await check(3, ['Shift']);
  await bar.getByRole('button', { name: 'Move to trash' }).click();
  await visit.counts(8);
  await page.goto(`${url}/trash`);
  await visit.counts(4);
  await page.getByText(/\d+ days after/).waitFor();
  await page.locator('.tile').first().getByText('30 days').waitFor();
  await visit.look('full');
  await check(1);
  await bar.getByRole('button', { name: 'Restore' }).click();
  await visit.told('1 item restored');
  await visit.counts(3);
  await check(0);
  await bar.getByRole('button', { name: 'Delete for good' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete for good' }).click();
  await visit.counts(2);

  await page.getByRole('button', { name: 'Empty trash' }).click();
  await visit.look('confirm');
  await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
  await visit.counts(2);
  await page.getByRole('button', { name: 'Empty trash' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete for good' }).click();
  await page.getByRole('heading', { name: 'The trash is empty' }).waitFor();
  await page.goto(`${url}/photos`);
  await visit.counts(9);

  // Everything back at once.
  await check(0);
  await check(1);
  await bar.getByRole('button', { name: 'Move to trash' }).click();
  await visit.counts(7);
  await page.goto(`${url}/trash`);
  await visit.counts(2);
  await page.getByRole('button', { name: 'Restore all' }).click();
  await page.getByRole('heading', { name: 'The trash is empty' }).waitFor();
});
