// Folders: an admin looks at a plan with the pictures of both sides, does it, and takes it back.
import assert from 'node:assert/strict';
import { DESKTOP, PHONE, journey } from '../browser.mjs';

await journey(async (visit) => {
  const { page } = visit;
  await visit.signIn();
  await page.getByRole('link', { name: 'Folders' }).first().click();
  await page.getByRole('heading', { name: 'Folders' }).waitFor();

  // The first plan only reports.
  await page.getByRole('button', { name: /^Plan: / }).click();
  await page.locator('[data-report]').waitFor();
  assert.equal(await page.locator('#folders-plan input[type="checkbox"]').count(), 0, 'nothing can be ticked');
  await page.getByRole('button', { name: /^Plan: / }).click();
  await page.locator('[data-report]').waitFor({ state: 'detached' });

  // A photo that only the folder has, beside those that only the library has.
  const fresh = page.locator('[data-action="fresh.jpg"]');
  const picture = fresh.getByAltText('fresh.jpg in the folder');
  await picture.scrollIntoViewIfNeeded();
  await page.waitForFunction((image) => image.naturalWidth > 0, await picture.elementHandle());
  const downloads = page.getByAltText(/ in the library$/);
  assert.ok(await downloads.count() > 0, 'what comes down is shown');
  await visit.look('plan');
  await page.setViewportSize(PHONE.viewport);
  await visit.look('plan-phone');
  await page.setViewportSize(DESKTOP.viewport);

  // Everything is held, then one is accepted.
  await page.getByRole('button', { name: 'Hold all' }).click();
  assert.equal(await page.locator('#folders-plan input:checked').count(), 0);
  await page.getByRole('button', { name: 'Accept all' }).click();
  const boxes = await page.locator('#folders-plan input[type="checkbox"]').count();
  assert.equal(await page.locator('#folders-plan input:checked').count(), boxes);
  await page.getByRole('button', { name: 'Hold all' }).click();
  await page.getByLabel('Do: fresh.jpg').check();
  await page.getByRole('button', { name: 'Do what is ticked' }).click();
  await page.getByText('1 of 1 done, 0 failed').waitFor();
  await page.locator('[data-run="1"]').waitFor();

  // Somebody deletes it in the library: the file goes to the folder's trash when a person says so, and comes back.
  await page.evaluate(async () => {
    const headers = { 'Content-Type': 'application/json' };
    const ask = async (path, method, body) => fetch(`/api${path}`, { method, headers, body: JSON.stringify(body) });
    const { assets } = await (await ask('/search/metadata', 'POST', { originalFileName: 'fresh.jpg' })).json();
    await ask('/assets', 'DELETE', { ids: [assets.items[0].id] });
  });
  await page.getByRole('button', { name: /^Plan: / }).click();
  await page.getByLabel('Do: fresh.jpg').waitFor();
  assert.equal(await page.getByLabel('Do: fresh.jpg').isChecked(), false, 'a strict folder asks');
  await page.getByRole('button', { name: 'Hold all' }).click();
  await page.getByLabel('Do: fresh.jpg').check();
  await page.getByRole('button', { name: 'Do what is ticked' }).click();
  await page.locator('[data-run="2"]').waitFor();
  await page.getByText('1 of 1 done, 0 failed').waitFor();
  await page.getByRole('button', { name: 'Take back: Run 2' }).click();
  await page.getByText('Took back run 2').waitFor();
  await page.getByText('1 photo is out of the library').waitFor();
  await visit.look('journal');

  // Another folder: what does not fit is told, and nothing is added.
  await page.getByText('Add a folder').click();
  const path = page.getByLabel('Folder on the server');
  visit.expect(400, '/folders/add');
  for (const wrong of ['photos', '/nowhere/at/all']) {
    await path.fill(wrong);
    await page.getByRole('button', { name: 'Add', exact: true }).click();
    await page.locator('.toast.bad').last().waitFor();
    await page.getByRole('button', { name: 'Dismiss' }).last().click();
  }
  assert.equal(await page.locator('[data-folder]').count(), 1);
  await path.fill(process.env.TINTYPE_CAMERA);
  await page.getByLabel(/^Album/).fill('{folder}');
  await visit.look('new');
  await page.getByRole('button', { name: 'Add', exact: true }).click();
  await page.getByRole('button', { name: `Plan: ${process.env.TINTYPE_CAMERA}` }).waitFor();
  await page.getByText('backup', { exact: true }).waitFor();
});
