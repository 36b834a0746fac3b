// One's own account, keys and sessions; other people's accounts, and what those may see.
import assert from 'node:assert/strict';
import { account, journey, url } from '../browser.mjs';

const PASSWORD = 'A-longer-Pass-2';

await journey(async (visit) => {
  const { page } = visit;
  const dialog = page.getByRole('dialog');
  await visit.signIn();
  await page.goto(`${url}/account`);
  await page.getByLabel('Name').fill('Ada Lovelace');
  await page.getByRole('button', { name: 'Save' }).click();
  await visit.told('Saved');
  await visit.look('account');

  // A key is shown once, works, and can be taken back.
  await page.getByRole('button', { name: 'New key' }).click();
  await dialog.getByLabel('Name').fill('Command line');
  await dialog.getByRole('button', { name: 'Create' }).click();
  const secret = await dialog.getByLabel('Secret').inputValue();
  await visit.look('secret');
  await dialog.getByRole('button', { name: 'Done' }).click();
  const me = () => fetch(`${url}/api/users/me`, { headers: { 'x-api-key': secret } });
  assert.equal((await (await me()).json()).name, 'Ada Lovelace');
  await page.getByRole('button', { name: 'Delete the key Command line' }).click();
  await dialog.getByRole('button', { name: 'Delete' }).click();
  await page.getByText('There are no keys.').waitFor();
  assert.equal((await me()).status, 401);

  // Other sessions end one by one, and with a new password.
  const others = page.locator('[data-end-session]');
  const before = await others.count();
  assert.ok(before > 0);
  await others.first().click();
  await visit.until((number) => document.querySelectorAll('[data-end-session]').length === number, before - 1);
  await page.getByLabel('Current password').fill('wrong');
  await page.getByLabel('New password').fill(PASSWORD);
  visit.expect(400, '/api/auth/change-password');
  await page.getByRole('button', { name: 'Change password' }).click();
  await page.getByRole('alert').waitFor();
  await page.getByLabel('Current password').fill(account.password);
  await page.getByRole('button', { name: 'Change password' }).click();
  await visit.told('Your password is changed');

  await page.goto(`${url}/users`);
  await page.getByRole('button', { name: 'New user' }).click();
  await dialog.getByLabel('Name').fill('Charles');
  await dialog.getByLabel('E-mail address').fill('charles@example.org');
  await dialog.getByLabel('Password').fill(PASSWORD);
  await visit.look('new-user');
  await dialog.getByRole('button', { name: 'Create' }).click();
  await visit.told('Charles can sign in now');
  await page.getByText('charles@example.org').waitFor();
  await visit.look('users');

  // Charles has an empty library and no say in the server.
  await page.getByRole('button', { name: 'Sign out' }).click();
  await visit.fillIn({ email: 'charles@example.org', password: PASSWORD });
  await page.getByRole('heading', { name: 'No photos yet' }).waitFor();
  assert.equal(await page.getByRole('link', { name: 'Jobs' }).count(), 0);
  visit.expect(403, '/jobs');
  await page.goto(`${url}/jobs`);
  await page.getByRole('heading', { name: 'This page is for admins' }).waitFor();
  await visit.look('forbidden');
});
