// What a person has to decide about a server that is followed: changes that were given up, what could not be applied,
// what both sides changed, and whether much of it may go. The server is away all the time.
import assert from 'node:assert/strict';
import { DESKTOP, PHONE, journey, url } from '../browser.mjs';

await journey(async (visit) => {
  const { page } = visit;
  const dialog = page.getByRole('dialog');
  const row = (list, text) => page.locator(`[data-${list}]`).filter({ hasText: text });
  const section = (name) => page.getByRole('region', { name });
  visit.expect(503, '/api/assets/');
  await visit.signIn();
  await page.goto(`${url}/sync`);
  await page.locator('.standing').getByText('Not reachable', { exact: true }).waitFor();
  // Pictures that never came here are with the server: symbols stand for them.
  await visit.until(() => document.querySelectorAll('.sync .row-picture').length === 7 && !document.querySelector('.sync .row-picture img:not([hidden])'));
  await visit.look('light', true);
  await visit.fits();
  await page.emulateMedia({ colorScheme: 'dark' });
  await visit.look('dark', true);
  const phone = await visit.somebody(PHONE);
  phone.expect(503, '/api/assets/');
  await phone.signIn();
  await phone.page.goto(`${url}/sync`);
  await phone.page.getByRole('heading', { name: 'Given up' }).waitFor();
  await phone.look('phone', true);
  await phone.fits();
  await phone.page.emulateMedia({ colorScheme: 'dark' });
  await phone.look('phone-dark', true);
  await phone.page.goto('about:blank');

  // What was given up waits again, or is here what it is there.
  const given = section(/Given up/);
  assert.equal(await given.locator('[data-unsent]').count(), 2);
  await row('unsent', 'rating must not be empty').getByRole('button', { name: /Try again/ }).click();
  await visit.told('1 change will be tried now');
  await section(/Waiting to be sent/).locator('[data-unsent]').filter({ hasText: 'Rating' }).waitFor();
  await row('unsent', 'Not enough asset.update access').getByRole('button', { name: /Drop/ }).click();
  await dialog.getByRole('button', { name: 'Drop' }).click();
  await visit.told('1 change dropped');
  await given.waitFor({ state: 'detached' });

  // In quarantine: what the server said can be read, tried and let go.
  const waits = row('line', 'Photo in an album');
  await waits.getByText('What the server said: AlbumToAssetV1').click();
  await waits.getByText('"albumId"').waitFor();
  await waits.getByRole('button', { name: /Try again/ }).click();
  await visit.told('That is still not possible');
  await row('line', 'tried twice').waitFor();
  await row('line', 'Lake').getByRole('button', { name: /Try again/ }).click();
  await visit.told('1 entry applied');
  await row('line', 'Lake').waitFor({ state: 'detached' });
  await row('line', 'Photo in an album').getByRole('button', { name: /Drop/ }).click();
  await dialog.getByRole('button', { name: 'Drop' }).click();
  await visit.told('1 entry dropped');
  await section(/In quarantine/).waitFor({ state: 'detached' });

  // Both values are there to compare; mine stays.
  const dispute = page.locator('[data-conflict]');
  await dispute.getByText('before the rain came').waitFor();
  await dispute.getByRole('button', { name: /Keep mine/ }).click();
  await visit.told('Yours stays');
  await dispute.waitFor({ state: 'detached' });

  // A sweep is not begun without a word, and not without the server.
  const held = page.locator('form.problem');
  await held.getByText('1,234 items that are here').waitFor();
  await held.getByRole('button', { name: 'Let them go' }).click();
  await dialog.getByText('1,234 items that are here will be removed').waitFor();
  await visit.look('sweep');
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  await held.getByRole('button', { name: 'Let them go' }).click();
  await dialog.getByRole('button', { name: 'Let them go' }).click();
  await visit.told('The sync begins');
  await page.locator('.standing').getByText('Not reachable', { exact: true }).waitFor();
  await held.getByText('1,234 items that are here').waitFor();

  // Whoever stops is told what is lost by it; the session there cannot be ended now.
  await page.getByRole('button', { name: 'Stop following' }).click();
  await dialog.getByText('2 changes that the server does not have yet').waitFor();
  await dialog.getByRole('button', { name: 'Stop following' }).click();
  await page.getByRole('heading', { name: 'Follow a server' }).waitFor();
  await visit.told('could not be ended');
}, DESKTOP);
