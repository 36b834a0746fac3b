// The official socket.io client, connected as the apps do it: websocket only, credentials in the headers. Everything
// that arrives is collected; at the end the right events must have come, in both generations, and to their owner only.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const { TINTYPE_PACKAGES, TINTYPE_URL, TINTYPE_EMAIL, TINTYPE_PASSWORD, TINTYPE_PICTURES } = process.env;
const { io } = createRequire(join(TINTYPE_PACKAGES, 'index.js'))('socket.io-client');
const LIMIT_MS = 60_000;

async function call(method, path, token, body) {
  const headers = { ...(token && { authorization: `Bearer ${token}` }) };
  const isForm = body instanceof FormData;
  if (body && !isForm) headers['content-type'] = 'application/json';
  const answer = await fetch(`${TINTYPE_URL}/api${path}`, { method, headers, body: isForm ? body : body && JSON.stringify(body) });
  assert.ok(answer.ok, `${method} ${path}: ${answer.status}`);
  const text = await answer.text();
  return text ? JSON.parse(text) : undefined;
}

const logIn = (email, password) => call('POST', '/auth/login', undefined, { email, password });

/** A socket and everything that it heard. */
function listen(headers) {
  const socket = io(TINTYPE_URL, { path: '/api/socket.io', transports: ['websocket'], extraHeaders: headers, reconnection: false, forceNew: true });
  const heard = [];
  socket.onAny((event, ...payload) => heard.push({ event, payload }));
  const find = (event, matches = () => true) => heard.find((one) => one.event === event && matches(one.payload[0]));
  async function until(event, matches) {
    for (const end = Date.now() + LIMIT_MS; Date.now() < end; await new Promise((done) => setTimeout(done, 50))) {
      const found = find(event, matches);
      if (found) return found.payload[0];
    }
    assert.fail(`${event} did not come; heard ${heard.map((one) => one.event).join(', ')}`);
  }
  return { socket, heard, until };
}

const admin = await logIn(TINTYPE_EMAIL, TINTYPE_PASSWORD);
await call('POST', '/admin/users', admin.accessToken, { email: 'ben@example.org', password: 'Ben-Pass-1', name: 'Ben' });
const ben = await logIn('ben@example.org', 'Ben-Pass-1');

const stranger = listen({});
await stranger.until('error', (text) => text === 'unauthorized');
const owner = listen({ cookie: `immich_access_token=${admin.accessToken}` });
const other = listen({ authorization: `Bearer ${ben.accessToken}` });
const version = await owner.until('on_server_version');
assert.deepEqual([version.major, version.minor, version.patch], [3, 2, 2]);
await other.until('on_server_version');

const form = new FormData();
const taken = '2024-05-06T07:08:09.000Z';
Object.entries({ deviceAssetId: 'a', deviceId: 'd', fileCreatedAt: taken, fileModifiedAt: taken }).forEach(([k, v]) => form.append(k, v));
form.append('assetData', new Blob([await readFile(join(TINTYPE_PICTURES, '0.jpg'))]), '0.jpg');
const { id } = await call('POST', '/assets', admin.accessToken, form);

const first = await owner.until('AssetUploadReadyV1', ({ asset }) => asset.id === id);
const second = await owner.until('AssetUploadReadyV2', ({ asset }) => asset.id === id);
assert.ok(!('createdAt' in first.asset) && second.asset.createdAt && second.asset.thumbhash, 'the generations differ');
assert.equal(first.exif.assetId, id);
await owner.until('on_upload_success', (asset) => asset.id === id && asset.type === 'IMAGE');
await call('PUT', `/assets/${id}`, admin.accessToken, { isFavorite: true });
await owner.until('on_asset_update', (asset) => asset.id === id && asset.isFavorite);
await call('DELETE', '/assets', admin.accessToken, { ids: [id] });
await owner.until('on_asset_trash', (ids) => Array.isArray(ids) && ids[0] === id);
await call('POST', '/trash/restore/assets', admin.accessToken, { ids: [id] });
await owner.until('on_asset_restore', (ids) => ids[0] === id);
await call('DELETE', '/assets', admin.accessToken, { ids: [id], force: true });
await owner.until('on_asset_delete', (gone) => gone === id);
await call('POST', '/auth/logout', ben.accessToken);
await other.until('on_session_delete');
assert.deepEqual(other.heard.map(({ event }) => event), ['on_server_version', 'on_session_delete'], 'others hear of themselves only');
[owner, other, stranger].forEach(({ socket }) => socket.close());
console.log('socket done');
