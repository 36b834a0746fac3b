// The official socket.io client, connected as the apps do it: websocket only, credentials in the headers. Everything
// that arrives is collected; at the end the right events must have come, in both generations, and to their owner only.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { call as callAt, listen as listenAt } from './listening.mjs';

const { TINTYPE_URL, TINTYPE_EMAIL, TINTYPE_PASSWORD, TINTYPE_PICTURES } = process.env;
const call = (method, path, token, body) => callAt(TINTYPE_URL, method, path, token, body);
const listen = (headers) => listenAt(TINTYPE_URL, headers);
const logIn = (email, password) => call('POST', '/auth/login', undefined, { email, password });

const admin = await logIn(TINTYPE_EMAIL, TINTYPE_PASSWORD);
const user = (name, password) => call('POST', '/admin/users', admin.accessToken, { email: `${name}@example.org`, password, name });
const benId = (await user('ben', 'Ben-Pass-1')).id;
const cyId = (await user('cy', 'Cy-Pass-12')).id;
const ben = await logIn('ben@example.org', 'Ben-Pass-1');

const stranger = listen({});
await stranger.until('error', (text) => text === 'unauthorized');
const owner = listen({ cookie: `immich_access_token=${admin.accessToken}` });
const other = listen({ authorization: `Bearer ${ben.accessToken}` });
const version = await owner.until('on_server_version');
assert.deepEqual([version.major, version.minor, version.patch], [3, 2, 2]);
await other.until('on_server_version');

async function upload(name, more) {
  const form = new FormData();
  const taken = '2024-05-06T07:08:09.000Z';
  const fields = { deviceAssetId: name, deviceId: 'd', fileCreatedAt: taken, fileModifiedAt: taken };
  Object.entries(fields).forEach(([k, v]) => form.append(k, v));
  form.append('assetData', new Blob([await readFile(join(TINTYPE_PICTURES, '0.jpg')), more]), name);
  return (await call('POST', '/assets', admin.accessToken, form)).id;
}
const id = await upload('0.jpg', '');

const first = await owner.until('AssetUploadReadyV1', ({ asset }) => asset.id === id);
const second = await owner.until('AssetUploadReadyV2', ({ asset }) => asset.id === id);
assert.ok(!('createdAt' in first.asset) && second.asset.createdAt && second.asset.thumbhash, 'the generations differ');
assert.equal(first.exif.assetId, id);
await owner.until('on_upload_success', (asset) => asset.id === id && asset.type === 'IMAGE');
await call('PUT', `/assets/${id}`, admin.accessToken, { isFavorite: true });
await owner.until('on_asset_update', (asset) => asset.id === id && asset.isFavorite);

await call('PUT', `/assets/${id}/edits`, admin.accessToken, { edits: [{ action: 'rotate', parameters: { angle: 90 } }] });
for (const event of ['AssetEditReadyV1', 'AssetEditReadyV2']) {
  const { asset, edit } = await owner.until(event, ({ asset }) => asset.id === id && asset.isEdited);
  assert.deepEqual([asset.width < asset.height, edit.length, edit[0].action, edit[0].sequence], [true, 1, 'rotate', 0]);
}
const person = await call('POST', '/people', admin.accessToken, { name: 'Ada' });
const face = { assetId: id, personId: person.id, imageWidth: 480, imageHeight: 640, x: 10, y: 10, width: 100, height: 100 };
await call('POST', '/faces', admin.accessToken, face);
await owner.until('on_person_thumbnail', (whom) => whom === person.id);
const twin = await upload('1.jpg', 'twin');
await call('POST', '/stacks', admin.accessToken, { assetIds: [id, twin] });
await owner.until('on_asset_stack_update');
const album = await call('POST', '/albums', admin.accessToken, { albumName: 'Trip', assetIds: [id] });
await call('PUT', `/albums/${album.id}/users`, admin.accessToken, { albumUsers: [{ userId: benId, role: 'viewer' }] });
for (const listener of [owner, other]) await listener.until('on_album_update', (which) => which === album.id);
const told = await other.until('on_notification');
assert.deepEqual([told.type, JSON.parse(told.data).albumId], ['AlbumInvite', album.id]);
await call('DELETE', `/admin/users/${cyId}`, admin.accessToken, { force: true });
for (const listener of [owner, other]) await listener.until('on_user_delete', (whom) => whom === cyId);

await call('DELETE', '/assets', admin.accessToken, { ids: [id] });
await owner.until('on_asset_trash', (ids) => Array.isArray(ids) && ids[0] === id);
await call('POST', '/trash/restore/assets', admin.accessToken, { ids: [id] });
await owner.until('on_asset_restore', (ids) => ids[0] === id);
await call('DELETE', '/assets', admin.accessToken, { ids: [id], force: true });
await owner.until('on_asset_delete', (gone) => gone === id);
await call('POST', '/auth/logout', ben.accessToken);
await other.until('on_session_delete');
const expected = ['on_album_update', 'on_notification', 'on_server_version', 'on_session_delete', 'on_user_delete'];
assert.deepEqual([...new Set(other.heard.map(({ event }) => event))].sort(), expected, 'others hear of what concerns them only');
[owner, other, stranger].forEach(({ socket }) => socket.close());
console.log('socket done');
