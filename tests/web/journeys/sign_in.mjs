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
  await visit.look('form');

  // Refused in words, on the same page, and the address typed is still there.
  visit.expect(401, '/login');
  await visit.fillIn({ ...account, password: 'not the password' });
  await page.getByRole('alert').waitFor();
  assert.equal(await page.getByLabel(/e-?mail/i).inputValue(), account.email);
  assert.equal((await cookies()).includes(ACCESS), false);
  await visit.look('refused');

  await visit.fillIn();
  await page.getByLabel(/password/i).waitFor({ state: 'detached' });
  assert.equal((await cookies()).includes(ACCESS), true);
  assert.notEqual(await page.title(), '');
  await visit.tiles.first().waitFor();
  await visit.look('inside');

  // The session outlives a new visit.
  await page.goto(`${url}/`);
  assert.equal(await page.getByLabel(/password/i).count(), 0);

  // Signing out ends it; whoever wanted to see a certain page gets there after signing in, but never to another site.
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.waitForURL(/\/login/);
  await page.goto(`${url}/albums`);
  await page.waitForURL(/\/login\?next=/);
  await visit.fillIn();
  await page.waitForURL(`${url}/albums`);
  await page.goto(`${url}/login?next=//elsewhere.example`);
  await page.waitForURL(`${url}/photos`);

  // Pages load nothing from elsewhere, and other sites cannot send forms in somebody's name.
  const answer = await page.request.get(`${url}/photos`);
  assert.match(answer.headers()['content-security-policy'], /default-src 'none'/);
  const forged = await page.request.post(`${url}/sign-out`, { headers: { Origin: 'https://elsewhere.example' }, maxRedirects: 0 });
  assert.equal(forged.status(), 403);
});
