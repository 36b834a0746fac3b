// Chooses an album to add pictures to, or makes one.
import { get, post, put } from './api.js';
import { ask, fill } from './dialogs.js';
import { element, icon, stepAsideWhenMissing } from './dom.js';
import { count } from './format.js';
import { complain, tell } from './toast.js';

function cover(album) {
  const place = element('span', { class: 'row-picture' }, icon('album'));
  if (album.albumThumbnailAssetId) {
    const image = element('img', { alt: '', src: `/api/assets/${album.albumThumbnailAssetId}/thumbnail?edited=true`, loading: 'lazy' });
    stepAsideWhenMissing(image);
    place.append(image);
  }
  return place;
}

function choices(albums) {
  const rows = albums.map((album) => element(
    'button', { class: 'choice', value: album.id }, cover(album),
    element('span', { class: 'row-text' }, element('strong', {}, album.albumName), element('span', {}, count(album.assetCount, 'item'))),
  ));
  const create = element('button', { class: 'choice', value: 'new' }, element('span', { class: 'row-picture' }, icon('plus')), element('strong', {}, 'New album'));
  return element('form', { method: 'dialog', class: 'choices' }, create, ...rows);
}

/** Asks for a name and makes an album with these pictures. Answers it. */
export function createAlbum(assetIds) {
  const fields = [{ name: 'albumName', label: 'Name', required: true }];
  return fill('New album', fields, 'Create', ({ albumName }) => post('/albums', { albumName, assetIds }));
}

async function addTo(album, ids) {
  const results = await put(`/albums/${album.id}/assets`, { ids });
  const added = results.filter(({ success }) => success).length;
  const there = results.filter(({ error }) => error === 'duplicate').length;
  const also = there > 0 ? `, ${there} ${there === 1 ? 'was' : 'were'} there already` : '';
  tell(`${count(added, 'item')} added to ${album.albumName}${also}`, { name: 'Show', run: () => location.assign(`/albums/${album.id}`) });
}

/** Adds pictures to an album that the person chooses. Answers whether they did. */
export async function addToAlbum(ids) {
  try {
    const albums = await get('/albums');
    albums.sort((a, b) => b.updatedAt.localeCompare(a.updatedAt));
    const chosen = await ask('Add to album', choices(albums));
    if (chosen === 'new') {
      const album = await createAlbum(ids);
      if (!album) return false;
      tell(`${album.albumName} created`, { name: 'Show', run: () => location.assign(`/albums/${album.id}`) });
      return true;
    }
    const album = albums.find(({ id }) => id === chosen);
    if (!album) return false;
    await addTo(album, ids);
    return true;
  } catch (error) {
    complain(error);
    return false;
  }
}
