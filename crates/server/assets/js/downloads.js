// Saving originals: one as it is, several as an archive.
import { address, post, request } from './api.js';
import { element } from './dom.js';
import { bytes } from './format.js';
import { tell } from './toast.js';

/** An archive is in memory until it is saved; larger selections have to be taken in parts. */
const MAX_ARCHIVE_BYTES = 2_000_000_000;

function save(href, name) {
  const link = element('a', { href, download: name });
  document.body.append(link);
  link.click();
  link.remove();
}

/** Saves one original under its own name. */
export function saveOriginal(id) {
  save(address(`/assets/${id}/original`), '');
}

/** Saves originals: by themselves when it is one, else as a ZIP archive. */
export async function saveOriginals(ids, name = 'photos') {
  if (ids.length === 1) {
    saveOriginal(ids[0]);
    return;
  }
  const { totalSize } = await post('/download/info', { assetIds: ids });
  if (totalSize > MAX_ARCHIVE_BYTES) {
    throw new Error(`${bytes(totalSize)} are too much for one download. Choose fewer.`);
  }
  tell(`Preparing ${bytes(totalSize)}…`);
  const response = await request('POST', '/download/archive', { assetIds: ids });
  const archive = URL.createObjectURL(await response.blob());
  save(archive, `${name}.zip`);
  // The browser has begun to read it by then.
  setTimeout(() => URL.revokeObjectURL(archive), 60_000);
}

/** Saves everything in a timeline. */
export async function saveAll(timeline, name) {
  const ids = await timeline.ids();
  if (ids.length > 0) await saveOriginals(ids, name);
}
