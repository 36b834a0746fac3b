// Sends one file. The only place with XMLHttpRequest: fetch does not report how far an upload is.
import { ApiFailure, address, isGuest, post, reason, signInAgain } from '../api.js';

/** Larger files are not hashed beforehand: the browser would have to hold them in memory. */
const MAX_HASHED_BYTES = 256_000_000;

/** The SHA-1 of a file as hex, or nothing where browsers do not offer it (pages without https). */
export async function digest(file) {
  if (!globalThis.crypto?.subtle || file.size > MAX_HASHED_BYTES) return null;
  const hash = await crypto.subtle.digest('SHA-1', await file.arrayBuffer());
  return Array.from(new Uint8Array(hash), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** The asset that holds this content already, if there is one. Guests are not told before they send it. */
export async function known(checksum) {
  if (isGuest) return null;
  const { results } = await post('/assets/bulk-upload-check', { assets: [{ id: 'file', checksum }] });
  const [result] = results;
  return result.action === 'reject' ? { id: result.assetId, isTrashed: result.isTrashed } : null;
}

function form(file) {
  const modified = new Date(file.lastModified).toISOString();
  const body = new FormData();
  body.append('deviceAssetId', `web-${file.name}-${file.lastModified}`);
  body.append('deviceId', 'WEB');
  body.append('fileCreatedAt', modified);
  body.append('fileModifiedAt', modified);
  body.append('filename', file.name);
  body.append('assetData', file, file.name);
  return body;
}

function answer(request) {
  let body = null;
  // A proxy in between may answer with something else.
  try { body = JSON.parse(request.responseText); } catch { /* as above */ }
  if (request.status === 200 || request.status === 201) return body;
  // Guests keep their page, and what waits in it.
  if (request.status === 401 && !isGuest) signInAgain();
  throw new ApiFailure(request.status, reason(body, request.status));
}

/** Sends a file; `progress` is told how much of it has gone. Answers `{ id, status }`. */
export function send(file, checksum, progress, signal) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open('POST', address('/assets'));
    if (checksum) request.setRequestHeader('x-immich-checksum', checksum);
    request.upload.addEventListener('progress', (event) => {
      if (event.lengthComputable) progress(event.loaded / event.total);
    });
    request.addEventListener('load', () => {
      try { resolve(answer(request)); } catch (error) { reject(error); }
    });
    request.addEventListener('error', () => reject(new ApiFailure(0, 'The connection was lost.')));
    request.addEventListener('abort', () => reject(new ApiFailure(0, 'Cancelled.')));
    signal.addEventListener('abort', () => request.abort());
    request.send(form(file));
  });
}
