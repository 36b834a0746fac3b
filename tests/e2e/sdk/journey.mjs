// A journey through the official SDK: each step calls it as an application would and checks what it depends on.
// The environment names the package, the node, an account and a folder with three pictures.
import assert from 'node:assert/strict';
import { openAsBlob } from 'node:fs';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const { TINTYPE_PACKAGES, TINTYPE_SDK, TINTYPE_URL, TINTYPE_EMAIL, TINTYPE_PASSWORD, TINTYPE_PICTURES } = process.env;
const sdk = createRequire(join(TINTYPE_PACKAGES, 'index.js'))(TINTYPE_SDK);

const NAMES = ['0.jpg', '1.jpg', '2.jpg'];
// Two months, so that there are two buckets.
const TAKEN = ['2024-05-06T07:08:09.000Z', '2024-05-20T07:08:09.000Z', '2023-01-02T03:04:05.000Z'];
const JOBS_LIMIT_MS = 120_000;

const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
const path = (index) => join(TINTYPE_PICTURES, NAMES[index]);

async function step(name, work) {
  try {
    const result = await work();
    console.log(`ok   ${name}`);
    return result;
  } catch (error) {
    const said = error?.data ? ` ${JSON.stringify(error.data)}` : '';
    console.error(`FAIL ${name}: ${error?.stack ?? error}${said}`);
    process.exit(1);
  }
}

async function jobsAreDone() {
  const end = Date.now() + JOBS_LIMIT_MS;
  for (let quiet = 0; quiet < 2; await sleep(100)) {
    assert.ok(Date.now() < end, 'the jobs did not end');
    const queues = Object.values(await sdk.getQueuesLegacy());
    const busy = queues.some(({ jobCounts }) => jobCounts.active + jobCounts.waiting > 0);
    quiet = busy ? 0 : quiet + 1;
  }
}

async function upload(index) {
  const file = new File([await openAsBlob(path(index))], NAMES[index]);
  const assetMediaCreateDto = {
    assetData: file, deviceAssetId: NAMES[index], deviceId: 'journey', fileCreatedAt: TAKEN[index], fileModifiedAt: TAKEN[index],
  };
  const answer = await sdk.uploadAsset({ assetMediaCreateDto });
  assert.equal(answer.status, 'created');
  return answer.id;
}

sdk.setBaseUrl(`${TINTYPE_URL}/api`);

await step('ping', async () => assert.deepEqual(await sdk.pingServer(), { res: 'pong' }));
await step('a wrong password is refused', async () => {
  const wrong = { email: TINTYPE_EMAIL, password: 'wrong' };
  await assert.rejects(sdk.login({ loginCredentialDto: wrong }), (error) => sdk.isHttpError(error) && error.status === 401);
});
const session = await step('login', () => sdk.login({ loginCredentialDto: { email: TINTYPE_EMAIL, password: TINTYPE_PASSWORD } }));
await step('the token belongs to the user', async () => {
  sdk.setHeader('Authorization', `Bearer ${session.accessToken}`);
  const me = await sdk.getMyUser();
  assert.equal(me.id, session.userId);
  assert.equal(me.isAdmin, true);
});

const ids = await step('upload', async () => {
  const all = [];
  for (const index of NAMES.keys()) all.push(await upload(index));
  return all;
});
await step('bulk upload check', async () => {
  const checksum = createHash('sha1').update(await readFile(path(0))).digest('hex');
  const assets = [{ id: 'known', checksum }, { id: 'new', checksum: '0'.repeat(40) }];
  const { results } = await sdk.checkBulkUpload({ assetBulkUploadCheckDto: { assets } });
  assert.deepEqual(results.map(({ action }) => action), ['reject', 'accept']);
  assert.equal(results[0].assetId, ids[0]);
});
await step('jobs', jobsAreDone);
await step('asset info', async () => {
  const asset = await sdk.getAssetInfo({ id: ids[0] });
  assert.equal(asset.originalFileName, NAMES[0]);
  assert.equal(asset.type, 'IMAGE');
  assert.equal(asset.exifInfo.exifImageWidth, 640);
  assert.equal(asset.checksum, createHash('sha1').update(await readFile(path(0))).digest('base64'));
});
await step('download', async () => {
  const blob = await sdk.downloadAsset({ id: ids[1] });
  assert.deepEqual(Buffer.from(await blob.arrayBuffer()), await readFile(path(1)));
});
await step('thumbnails', async () => {
  const start = async (size) => Buffer.from(await (await sdk.viewAsset({ id: ids[0], size })).arrayBuffer()).subarray(0, 12);
  assert.equal((await start('thumbnail')).subarray(8).toString('latin1'), 'WEBP');
  assert.deepEqual([...(await start('preview')).subarray(0, 2)], [0xff, 0xd8]);
});
await step('timeline buckets', async () => {
  const buckets = await sdk.getTimeBuckets({});
  const short = buckets.map(({ timeBucket, count }) => [timeBucket.slice(0, 10), count]);
  assert.deepEqual(short, [['2024-05-01', 2], ['2023-01-01', 1]]);
  const bucket = await sdk.getTimeBucket({ timeBucket: buckets[0].timeBucket });
  assert.deepEqual(bucket.id, [ids[1], ids[0]]);
  assert.equal(bucket.thumbhash.every((hash) => typeof hash === 'string'), true);
});
await step('update', async () => {
  await sdk.updateAsset({ id: ids[0], updateAssetDto: { isFavorite: true, description: 'At the harbour' } });
  const asset = await sdk.getAssetInfo({ id: ids[0] });
  assert.equal(asset.isFavorite, true);
  assert.equal(asset.exifInfo.description, 'At the harbour');
});
await step('albums', async () => {
  const album = await sdk.createAlbum({ createAlbumDto: { albumName: 'Harbour', assetIds: [ids[0]] } });
  const added = await sdk.addAssetsToAlbum({ id: album.id, bulkIdsDto: { ids: [ids[0], ids[1]] } });
  assert.deepEqual(added.map(({ success }) => success), [false, true]);
  await sdk.updateAlbumInfo({ id: album.id, updateAlbumDto: { albumName: 'Quay' } });
  await sdk.removeAssetFromAlbum({ id: album.id, bulkIdsDto: { ids: [ids[0]] } });
  const info = await sdk.getAlbumInfo({ id: album.id });
  assert.deepEqual([info.albumName, info.assetCount], ['Quay', 1]);
  assert.deepEqual((await sdk.getAllAlbums({})).map(({ id }) => id), [album.id]);
  await sdk.deleteAlbum({ id: album.id });
  assert.deepEqual(await sdk.getAllAlbums({}), []);
});
await step('search', async () => {
  const byName = await sdk.searchAssets({ metadataSearchDto: { originalFileName: NAMES[2] } });
  assert.deepEqual(byName.assets.items.map(({ id }) => id), [ids[2]]);
  const favourites = await sdk.searchAssets({ metadataSearchDto: { isFavorite: true } });
  assert.deepEqual(favourites.assets.items.map(({ id }) => id), [ids[0]]);
});
await step('trash', async () => {
  await sdk.deleteAssets({ assetBulkDeleteDto: { ids: [ids[1], ids[2]] } });
  assert.equal((await sdk.getAssetInfo({ id: ids[1] })).isTrashed, true);
  assert.deepEqual(await sdk.restoreAssets({ bulkIdsDto: { ids: [ids[1]] } }), { count: 1 });
  assert.deepEqual(await sdk.emptyTrash(), { count: 1 });
  await jobsAreDone();
  const { total } = await sdk.getAssetStatistics({});
  assert.equal(total, 2);
});
await step('API key', async () => {
  const { secret } = await sdk.createApiKey({ apiKeyCreateDto: { name: 'reader', permissions: ['asset.read'] } });
  delete sdk.defaults.headers.Authorization;
  sdk.setApiKey(secret);
  await sdk.getAssetInfo({ id: ids[0] });
  const upload = sdk.updateAsset({ id: ids[0], updateAssetDto: { isFavorite: false } });
  await assert.rejects(upload, (error) => error.status === 403 && /asset\.update/.test(error.data.message));
});
console.log('journey done');
