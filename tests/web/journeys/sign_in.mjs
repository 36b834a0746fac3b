// Somebody without a session gets the sign-in form, is told about a wrong password, signs in and stays signed in.
import assert from 'node:assert/strict';
import { account, journey, url } from '../browser.mjs';

const ACCESS = 'immich_access_token';

await journey(async (visit) => {
  const { page } = visit;
  const cookies = async () => (await page.context().cookies()).map(({ name }) => name);
  await page.goto(`${url}/`);
  await page.getByLabel(/password/i).waitFor();
  assert.equal((await cookies()).includes(ACCESS), false);
  await visit.shot('form');

  // Refused in words, on the same page, and the address typed is still there.
  for (const path of ['/', '/api/auth/login', '/login', '/sign-in']) visit.expect(401, path);
  await visit.fillIn({ ...account, password: 'not the password' });
  await page.getByRole('alert').waitFor();
  assert.equal(await page.getByLabel(/e-?mail/i).inputValue(), account.email);
  assert.equal((await cookies()).includes(ACCESS), false);
  await visit.shot('refused');

  await visit.fillIn();
  await page.getByLabel(/password/i).waitFor({ state: 'detached' });
  assert.equal((await cookies()).includes(ACCESS), true);
  assert.notEqual(await page.title(), '');
  await visit.shot('inside');

  // The session outlives a new visit.
  await page.goto(`${url}/`);
  assert.equal(await page.getByLabel(/password/i).count(), 0);
});
