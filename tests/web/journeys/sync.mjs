// Following a server from the page: photos come, changes wait while it is away and go when it is back, and what both
// sides changed is decided. The way to the upstream leads through a gate that the journey closes.
import assert from 'node:assert/strict';
import { connect, createServer } from 'node:net';
import { DESKTOP, PHONE, account, journey, url } from '../browser.mjs';

const upstream = process.env.TINTYPE_UPSTREAM;

/** Hands connections on to the upstream, or does not, or lets them wait. */
class Gate {
  #sockets = new Map();
  #isHeld = false;
  #server;
  #port = 0;

  get address() {
    return `http://127.0.0.1:${this.#port}`;
  }

  async open() {
    const { hostname, port } = new URL(upstream);
    this.#server = createServer((near) => {
      const far = connect(Number(port), hostname);
      for (const [socket, other] of [[near, far], [far, near]]) {
        this.#sockets.set(socket, other);
        socket.on('error', () => other.destroy());
        socket.on('close', () => {
          this.#sockets.delete(socket);
          other.destroy();
        });
        if (!this.#isHeld) socket.pipe(other);
      }
    });
    await new Promise((resolve) => { this.#server.listen(this.#port, '127.0.0.1', resolve); });
    this.#port = this.#server.address().port;
  }

  async close() {
    const closed = new Promise((resolve) => { this.#server.close(resolve); });
    for (const socket of this.#sockets.keys()) socket.destroy();
    await closed;
  }

  hold() {
    this.#isHeld = true;
    for (const [socket, other] of this.#sockets) socket.unpipe(other);
  }

  release() {
    this.#isHeld = false;
    for (const [socket, other] of this.#sockets) socket.pipe(other);
  }
}

/** A request to the upstream, past the gate. */
let token;
async function there(method, path, body) {
  const headers = { 'Content-Type': 'application/json', ...(token && { Authorization: `Bearer ${token}` }) };
  const response = await fetch(`${upstream}/api${path}`, { method, headers, body: body && JSON.stringify(body) });
  assert.ok(response.ok, `${method} ${path}: ${response.status} ${await response.clone().text()}`);
  return response.status === 204 ? undefined : response.json();
}

/** Asks until the answer is right; a journey has a time limit of its own. */
async function eventually(ask, test) {
  const limit = Date.now() + 90_000;
  for (;;) {
    const answer = await ask();
    if (test(answer)) return answer;
    assert.ok(Date.now() < limit, `still ${JSON.stringify(answer)}`);
    await new Promise((resolve) => { setTimeout(resolve, 100); });
  }
}

const gate = new Gate();
await gate.open();
token = (await there('POST', '/auth/login', account)).accessToken;

await journey(async (visit) => {
  const { page } = visit;
  const here = (method, path, body) => page.evaluate(async ([method, path, body]) => {
    const init = { method, headers: { 'Content-Type': 'application/json' }, body: body && JSON.stringify(body) };
    const response = await fetch(`/api${path}`, init);
    return response.status === 204 ? null : response.json();
  }, [method, path, body]);
  const dialog = page.getByRole('dialog');
  const standing = page.locator('.standing');
  const rows = page.locator('[data-unsent]');
  const now = page.getByRole('button', { name: 'Sync now' });
  await visit.signIn();
  // One photo is here before anybody is followed.
  const own = await page.evaluate(async () => {
    const canvas = document.createElement('canvas');
    canvas.getContext('2d').fillRect(0, 0, 40, 30);
    const at = '2020-02-02T12:00:00.000Z';
    const form = new FormData();
    form.set('assetData', await new Promise((resolve) => { canvas.toBlob(resolve, 'image/jpeg'); }), 'own.jpg');
    for (const [name, value] of Object.entries({ deviceAssetId: 'own', deviceId: 'web', fileCreatedAt: at, fileModifiedAt: at })) form.set(name, value);
    return (await fetch('/api/assets', { method: 'POST', body: form })).json();
  });
  assert.equal(own.status, 'created');
  assert.equal(await page.getByRole('link', { name: 'Sync', exact: true }).count(), 0);

  // What is wrong is said where it was typed.
  visit.expect(400, '/sync/follow');
  await page.goto(`${url}/account`);
  await page.getByRole('link', { name: 'Follow a server' }).click();
  const form = page.locator('form.follow').first();
  await visit.look('join');
  const phone = await visit.somebody(PHONE);
  await phone.signIn();
  await phone.page.goto(`${url}/sync`);
  await phone.page.getByText('With an API key instead').click();
  await phone.look('join-phone', true);
  await phone.fits();
  await phone.page.emulateMedia({ colorScheme: 'dark' });
  await phone.look('join-phone-dark', true);
  await phone.page.goto('about:blank');
  await form.getByLabel('Address of the server').fill('http://127.0.0.1:1');
  await form.getByLabel('Password there').fill('not this');
  await form.getByRole('button', { name: 'Follow this server' }).click();
  await form.locator('[data-about="address"]').filter({ hasText: '127.0.0.1:1' }).waitFor();
  await form.getByLabel('Address of the server').fill(gate.address);
  await form.getByRole('button', { name: 'Follow this server' }).click();
  await form.locator('[data-about="credentials"]').filter({ hasText: 'does not know' }).waitFor();
  assert.ok(await form.locator('[data-about="address"]').isHidden());
  await visit.look('refused');
  await form.getByLabel('Password there').fill(account.password);
  await form.getByRole('button', { name: 'Follow this server' }).click();

  // Photos come.
  await standing.getByText('In sync', { exact: true }).waitFor();
  await standing.getByRole('heading', { name: gate.address.replace('http://', '') }).waitFor();
  await page.getByText('Everything has reached the server.').waitFor();
  await visit.look('followed');

  // What was here before goes up when somebody says so.
  await page.locator('.offer').getByText('1 photo is only here.').waitFor();
  assert.equal((await there('GET', '/assets/statistics')).total, 12);
  await page.getByRole('button', { name: 'Send it' }).click();
  await visit.told('1 photo will be sent');
  await page.locator('.offer').waitFor({ state: 'detached' });
  await eventually(() => there('GET', '/assets/statistics'), ({ total }) => total === 13);
  await page.getByText('Everything has reached the server.').waitFor();
  await page.getByRole('link', { name: 'Photos', exact: true }).first().click();
  await visit.counts(13);
  await visit.until(() => document.querySelectorAll('.tile img.ready').length === 13);
  const [first, second] = await page.locator('.tile-link').evaluateAll((links) => links.map(({ href }) => href.split('/').pop()));

  // Without the server everything goes on, and what is changed waits.
  await gate.close();
  await here('PUT', `/assets/${first}`, { description: 'The boat, from here', isFavorite: true });
  await here('PUT', `/assets/${second}`, { rating: 4 });
  const album = await here('POST', '/albums', { albumName: 'Summer', assetIds: [first, second] });
  await page.getByRole('link', { name: 'Sync', exact: true }).first().click();
  await now.click();
  await standing.getByText('Not reachable', { exact: true }).waitFor();
  assert.equal(await rows.count(), 6);
  for (const text of ['Description: The boat, from here', 'Favourite: A favourite', 'Rating: 4 of 5 stars', 'Create the album', 'Add to the album']) {
    await rows.filter({ hasText: text }).first().waitFor();
  }
  await visit.until(() => [...document.querySelectorAll('[data-unsent] img')].filter((image) => image.naturalWidth > 0).length === 6);
  await visit.look('away');
  await phone.page.goto(`${url}/photos`);
  await phone.page.getByRole('button', { name: 'More' }).click();
  await phone.page.locator('#more').getByRole('link', { name: 'Sync' }).click();
  await phone.page.locator('[data-unsent]').first().waitFor();
  await phone.until(() => [...document.querySelectorAll('[data-unsent] img')].filter((image) => image.naturalWidth > 0).length === 6);
  await phone.look('away-phone', true);
  await phone.fits();
  await phone.page.goto('about:blank');

  // One of them is not wanted any more: it is here what it was.
  const rating = rows.filter({ hasText: 'Rating' });
  await rating.getByRole('button', { name: /Drop/ }).click();
  await visit.look('drop');
  await dialog.getByRole('button', { name: 'Drop' }).click();
  await visit.told('1 change dropped');
  await rating.waitFor({ state: 'detached' });
  assert.equal((await here('GET', `/assets/${second}`)).exifInfo.rating, null);

  // Meanwhile somebody changes the same there. When it is back, all of it arrives, and the other value is not lost.
  await there('PUT', `/assets/${first}`, { description: 'The boat, from there' });
  await gate.open();
  await now.click();
  await page.getByText('Everything has reached the server.').waitFor();
  await standing.getByText('In sync', { exact: true }).waitFor();
  assert.equal(await rows.count(), 0);
  const arrived = await there('GET', `/assets/${first}`);
  assert.deepEqual([arrived.isFavorite, arrived.exifInfo.description], [true, 'The boat, from here']);
  assert.equal((await there('GET', '/albums')).find(({ albumName }) => albumName === 'Summer').assetCount, 2);
  const dispute = page.locator('[data-conflict]');
  assert.equal(await dispute.count(), 1);
  await dispute.getByText('The boat, from here').waitFor();
  await dispute.getByText('The boat, from there').waitFor();
  await visit.until(() => document.querySelector('[data-conflict] img')?.naturalWidth > 0);
  await visit.look('conflict');
  await phone.page.goto(`${url}/sync`);
  await phone.page.locator('[data-conflict]').waitFor();
  await phone.look('conflict-phone', true);
  await phone.fits();

  // The other value is taken: it is here, and there.
  await dispute.getByRole('button', { name: /Take theirs/ }).click();
  await visit.told('The other value is here now');
  await dispute.waitFor({ state: 'detached' });
  assert.equal((await here('GET', `/assets/${first}`)).exifInfo.description, 'The boat, from there');
  const described = async () => (await there('GET', `/assets/${first}`)).exifInfo.description;
  await eventually(described, (text) => text === 'The boat, from there');

  // What runs shows itself, also to somebody who only looks, and is not begun twice.
  gate.hold();
  await now.click();
  await standing.getByText('Syncing', { exact: true }).waitFor();
  await standing.getByRole('progressbar').waitFor();
  await standing.getByText('Asking the server what is new.').waitFor();
  assert.ok(await now.isDisabled());
  await visit.look('running');
  gate.release();
  await standing.getByText('In sync', { exact: true }).waitFor();

  // A change that is made there comes here.
  await there('PATCH', `/albums/${(await there('GET', '/albums'))[0].id}`, { albumName: 'Late summer' });
  await now.click();
  await eventually(() => here('GET', `/albums/${album.id}`), ({ albumName }) => albumName === 'Late summer');

  // What came stays when one stops.
  await page.getByRole('button', { name: 'Stop following' }).click();
  await dialog.getByText('Changes are no longer exchanged').waitFor();
  await visit.look('stop');
  await dialog.getByRole('button', { name: 'Stop following' }).click();
  await page.getByRole('heading', { name: 'Follow a server' }).waitFor();
  await visit.told('what came from there stays');
  assert.equal(await page.getByRole('link', { name: 'Sync', exact: true }).count(), 0);
  await page.goto(`${url}/photos`);
  await visit.counts(13);
}, DESKTOP);
await gate.close();
