// Shared links: made from chosen pictures and from an album; looked at, downloaded and added to by guests.
import assert from 'node:assert/strict';
import { DESKTOP, PHONE, journey, url } from '../browser.mjs';

await journey(async (visit) => {
  const { page } = visit;
  const bar = page.getByRole('toolbar', { name: 'Chosen items' });
  const dialog = page.getByRole('dialog');
  await visit.enter();

  // Two pictures, with a password.
  for (const index of [0, 1]) {
    await visit.tiles.nth(index).hover();
    await page.locator('.tile-check').nth(index).click();
  }
  await bar.getByRole('button', { name: 'Share by link' }).click();
  await dialog.getByLabel('Note for your guests').fill('For the grandparents');
  await dialog.getByLabel('Password').fill('sesame');
  await visit.look('create');
  await dialog.getByRole('button', { name: 'Create link' }).click();
  const box = dialog.getByLabel('Address of the link');
  const address = await box.inputValue();
  assert.ok(address.startsWith(`${url}/share/`), address);
  await visit.look('created');
  await dialog.getByRole('button', { name: 'Done' }).click();

  // An album, under a name of its own, with uploads.
  for (const index of [2, 3, 4]) {
    await visit.tiles.nth(index).hover();
    await page.locator('.tile-check').nth(index).click();
  }
  await bar.getByRole('button', { name: 'Add to album' }).click();
  await dialog.getByRole('button', { name: 'New album' }).click();
  await dialog.getByLabel('Name').fill('Summer');
  await dialog.getByRole('button', { name: 'Create' }).click();
  await page.getByRole('button', { name: 'Show' }).click();
  await visit.counts(3);
  await page.getByRole('button', { name: 'Share by link' }).first().click();
  await dialog.getByLabel('Custom URL').fill('our-summer');
  await dialog.getByLabel('Guests may add photos').check();
  await dialog.getByRole('button', { name: 'Create link' }).click();
  assert.equal(await box.inputValue(), `${url}/s/our-summer`);
  await dialog.getByRole('button', { name: 'Done' }).click();

  // A guest knows the password, after a while.
  const guest = await visit.somebody();
  guest.expect(401, '/share/');
  await guest.page.goto(address);
  await guest.look('door');
  await guest.page.getByLabel('Password').fill('open');
  await guest.page.getByRole('button', { name: 'Show the photos' }).click();
  await guest.page.getByRole('alert').filter({ hasText: 'not the password' }).waitFor();
  await guest.page.getByLabel('Password').fill('sesame');
  await guest.page.getByRole('button', { name: 'Show the photos' }).click();
  await guest.counts(2);
  await guest.page.getByText('For the grandparents').waitFor();
  await guest.until(() => document.querySelectorAll('.tile img.ready').length === 2);
  await guest.look('guest');
  const download = guest.page.waitForEvent('download');
  await guest.page.getByRole('button', { name: 'Download all' }).click();
  assert.equal((await download).suggestedFilename(), 'Shared photos.zip');

  // Looks at one, with its details, and cannot change it.
  await guest.tiles.first().click();
  const viewer = guest.page.getByRole('dialog');
  await viewer.getByRole('button', { name: /Details/ }).click();
  await viewer.getByRole('heading', { name: 'Details' }).waitFor();
  for (const name of [/Favourite/, /trash/i, /Add a description/]) assert.equal(await viewer.getByRole('button', { name }).count(), 0);
  assert.equal(await viewer.getByRole('textbox').count(), 0);
  await guest.look('guest-viewer');
  assert.ok(guest.page.url().startsWith(`${address}/`));
  await guest.page.reload();
  await viewer.getByRole('button', { name: /Close/ }).first().click();
  await guest.page.waitForURL(address);

  // Another one, with a phone, adds a picture to the album.
  const phone = await visit.somebody(PHONE);
  await phone.page.goto(`${url}/s/our-summer`);
  await phone.counts(3);
  await phone.until(() => document.querySelectorAll('.tile img.ready').length === 3);
  await phone.look('guest-phone');
  const picture = await phone.page.evaluate(async () => {
    const canvas = new OffscreenCanvas(320, 240);
    const pen = canvas.getContext('2d');
    pen.fillStyle = '#3a6ea5';
    pen.fillRect(0, 0, 320, 240);
    const blob = await canvas.convertToBlob({ type: 'image/jpeg' });
    return Array.from(new Uint8Array(await blob.arrayBuffer()));
  });
  const file = { name: 'from-a-guest.jpg', mimeType: 'image/jpeg', buffer: Buffer.from(picture) };
  await phone.page.locator('[data-chooser]').setInputFiles(file);
  await phone.counts(4);
  await phone.page.getByText('4 items').waitFor();

  // The owner sees it, and all links.
  await page.reload();
  await visit.counts(4);
  await page.goto(`${url}/shared-links`);
  const rows = page.locator('[data-link]');
  assert.equal(await rows.count(), 2);
  await visit.look('links');
  const first = rows.filter({ hasText: '2 items' });
  await first.getByRole('button', { name: /address/ }).click();
  assert.equal(await box.inputValue(), address);
  await dialog.getByRole('button', { name: 'Done' }).click();
  // A day that was chosen here is that day, also when something else is changed later.
  const day = new Date(Date.now() + 30 * 86_400_000).toISOString().slice(0, 10);
  await first.getByRole('button', { name: /Change/ }).click();
  await dialog.getByLabel('Works until').fill(day);
  await dialog.getByRole('button', { name: 'Save' }).click();
  const until = new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeZone: 'UTC' }).format(new Date(day));
  await first.getByText(`until ${until}`).waitFor();
  await first.getByRole('button', { name: /Change/ }).click();
  await dialog.getByLabel('Guests see camera').uncheck();
  await dialog.getByRole('button', { name: 'Save' }).click();
  await first.getByText('without metadata').waitFor();
  await first.getByText(`until ${until}`).waitFor();
  await first.getByText('with password').waitFor();

  // What was let in stays in; without metadata there is less to do.
  await guest.page.reload();
  await guest.counts(2);
  assert.equal(await guest.page.getByRole('button', { name: 'Download all' }).count(), 0);
  await guest.tiles.first().click();
  await viewer.waitFor();
  assert.equal(await viewer.getByRole('button', { name: /Details|Download/ }).count(), 0);
  await guest.look('guest-without-metadata');

  await first.getByRole('button', { name: /Delete/ }).click();
  await visit.look('delete');
  await dialog.getByRole('button', { name: 'Delete link' }).click();
  await visit.told('The link is gone');
  assert.equal(await rows.count(), 1);
  guest.expect(404, '/share/');
  await guest.page.goto(address);
  await guest.page.getByRole('heading', { name: 'This link does not work' }).waitFor();
  await guest.look('gone');
}, DESKTOP, 'America/New_York');
