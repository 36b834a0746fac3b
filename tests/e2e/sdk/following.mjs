// The official socket.io client at a node that follows another one: what happens there is heard here.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { call, listen } from './listening.mjs';

const { TINTYPE_URL: here, TINTYPE_UPSTREAM: there, TINTYPE_EMAIL: email, TINTYPE_PASSWORD: password, TINTYPE_PICTURES } = process.env;
const token = async (url) => (await call(url, 'POST', '/auth/login', undefined, { email, password })).accessToken;
const [own, other] = [await token(here), await token(there)];
const change = (method, path, body) => call(there, method, path, other, body);

const ear = listen(here, { cookie: `immich_access_token=${own}` });
await ear.until('on_server_version');

/** As the button on the page does. */
async function sync() {
  const headers = { authorization: `Bearer ${own}`, accept: 'application/json' };
  const answer = await fetch(`${here}/sync/now`, { method: 'POST', headers });
  assert.ok(answer.ok, `${answer.status}`);
}

const form = new FormData();
const taken = '2024-05-06T07:08:09.000Z';
const fields = { deviceAssetId: 'a', deviceId: 'd', fileCreatedAt: taken, fileModifiedAt: taken };
Object.entries(fields).forEach(([name, value]) => form.append(name, value));
form.append('assetData', new Blob([await readFile(join(TINTYPE_PICTURES, '0.jpg'))]), '0.jpg');
const { id } = await change('POST', '/assets', form);
await sync();

for (const [event, is] of [['AssetUploadReadyV1', (ready) => ready.asset.id], ['AssetUploadReadyV2', (ready) => ready.asset.id], ['on_upload_success', (asset) => asset.id]]) {
  await ear.until(event, (payload) => is(payload) === id);
}
await change('PUT', `/assets/${id}`, { isFavorite: true });
await sync();
await ear.until('on_asset_update', (asset) => asset.id === id && asset.isFavorite);
const album = await change('POST', '/albums', { albumName: 'Trip', assetIds: [id] });
await sync();
await ear.until('on_album_update', (which) => which === album.id);
await change('DELETE', '/assets', { ids: [id] });
await sync();
await ear.until('on_asset_trash', (ids) => ids.includes(id));
await change('POST', '/trash/restore/assets', { ids: [id] });
await sync();
await ear.until('on_asset_update', (asset) => asset.id === id && !asset.isTrashed && asset.isFavorite);
await change('DELETE', '/assets', { ids: [id], force: true });
// The server deletes in the background: it may take more than one look.
for (const gone = ear.until('on_asset_delete', (which) => which === id); ;) {
  await sync();
  const done = await Promise.race([gone.then(() => true), new Promise((pass) => setTimeout(pass, 500))]);
  if (done) break;
}
ear.socket.close();
console.log('following done');
