// What can be done with chosen pictures. The bar appears when something is chosen; the viewer uses the same actions.
import { patch as patchRequest, post, put, remove } from './api.js';
import { addToAlbum } from './album_picker.js';
import { confirm } from './dialogs.js';
import { element, iconButton, setIcon } from './dom.js';
import { saveOriginals } from './downloads.js';
import { count } from './format.js';
import { share } from './sharing.js';
import { complain, tell } from './toast.js';

/** Ids in one request. */
const BATCH = 1_000;

async function inBatches(ids, send) {
  for (let start = 0; start < ids.length; start += BATCH) await send(ids.slice(start, start + BATCH));
}

/** Marks pictures as favourites, or no longer. */
export async function setFavorite(timeline, ids, isFavorite) {
  await inBatches(ids, (batch) => put('/assets', { ids: batch, isFavorite }));
  if (timeline.kind === 'favorites' && !isFavorite) timeline.remove(ids);
  else timeline.patch(ids, { isFavorite });
}

/** Moves pictures between timeline and archive. */
export async function setArchived(timeline, ids, isArchived) {
  const visibility = isArchived ? 'archive' : 'timeline';
  await inBatches(ids, (batch) => put('/assets', { ids: batch, visibility }));
  // Albums show both kinds.
  if (timeline.kind === 'album') timeline.patch(ids, { visibility });
  else timeline.remove(ids);
  const undo = { name: 'Undo', run: () => undone(timeline, () => inBatches(ids, (batch) => put('/assets', { ids: batch, visibility: isArchived ? 'timeline' : 'archive' }))) };
  tell(`${count(ids.length, 'item')} ${isArchived ? 'archived' : 'back in the timeline'}`, undo);
}

async function undone(timeline, send) {
  try {
    await send();
    await timeline.refresh();
  } catch (error) {
    complain(error);
  }
}

/** Moves pictures to the trash; there is a way back. */
export async function moveToTrash(timeline, ids) {
  await inBatches(ids, (batch) => remove('/assets', { ids: batch, force: false }));
  timeline.remove(ids);
  const undo = () => undone(timeline, () => inBatches(ids, (batch) => post('/trash/restore/assets', { ids: batch })));
  tell(`${count(ids.length, 'item')} moved to trash`, { name: 'Undo', run: undo });
}

/** Brings pictures back from the trash. */
export async function restore(timeline, ids) {
  await inBatches(ids, (batch) => post('/trash/restore/assets', { ids: batch }));
  timeline.remove(ids);
  tell(`${count(ids.length, 'item')} restored`);
}

/** Deletes pictures that are in the trash. Answers whether the person meant it. */
export async function deleteForGood(timeline, ids) {
  const text = `${count(ids.length, 'item')} will be gone. Nobody can bring them back.`;
  if (!await confirm('Delete for good?', text, 'Delete for good')) return false;
  await inBatches(ids, (batch) => remove('/assets', { ids: batch, force: true }));
  timeline.remove(ids);
  tell(`${count(ids.length, 'item')} deleted`);
  return true;
}

const albumOf = (timeline) => timeline.path.split('/')[2];

async function removeFromAlbum(timeline, ids) {
  await inBatches(ids, (batch) => remove(`/albums/${albumOf(timeline)}/assets`, { ids: batch }));
  timeline.remove(ids);
  tell(`${count(ids.length, 'item')} removed from the album`);
}

async function useAsCover(timeline, ids) {
  await patchRequest(`/albums/${albumOf(timeline)}`, { albumThumbnailAssetId: ids[0] });
  timeline.selection.clear();
  tell('This is the cover now');
}

const FAVORITE = { symbol: 'heart', name: 'Favourite', isFavorite: true };
const ALBUM = { symbol: 'album', name: 'Add to album', run: (timeline, ids) => addToAlbum(ids).then((done) => done && timeline.selection.clear()) };
const SHARE = { symbol: 'link', name: 'Share by link', run: (timeline, ids) => share({ type: 'INDIVIDUAL', assetIds: ids }).then((done) => done && timeline.selection.clear()) };
const ARCHIVE = { symbol: 'archive', name: 'Archive', run: (timeline, ids) => setArchived(timeline, ids, true) };
const UNARCHIVE = { symbol: 'archive', name: 'Back to timeline', run: (timeline, ids) => setArchived(timeline, ids, false) };
const DOWNLOAD = { symbol: 'download', name: 'Download', run: (timeline, ids) => saveOriginals(ids).then(() => timeline.selection.clear()) };
const TRASH = { symbol: 'trash', name: 'Move to trash', run: moveToTrash };
const REMOVE = { symbol: 'minus', name: 'Remove from album', run: removeFromAlbum };
const COVER = { symbol: 'cover', name: 'Use as cover', run: useAsCover, isForOne: true };
const RESTORE = { symbol: 'restore', name: 'Restore', run: restore };
const DELETE = { symbol: 'trash', name: 'Delete for good', run: deleteForGood };

const ACTIONS = {
  photos: [FAVORITE, ALBUM, SHARE, ARCHIVE, DOWNLOAD, TRASH],
  favorites: [FAVORITE, ALBUM, SHARE, ARCHIVE, DOWNLOAD, TRASH],
  archive: [FAVORITE, ALBUM, SHARE, UNARCHIVE, DOWNLOAD, TRASH],
  album: [FAVORITE, ALBUM, SHARE, COVER, REMOVE, ARCHIVE, DOWNLOAD, TRASH],
  trash: [RESTORE, DELETE],
  link: [DOWNLOAD],
};

export class ActionBar {
  constructor(timeline) {
    this.timeline = timeline;
    const { selection } = timeline;
    this.words = element('strong', { 'aria-live': 'polite' });
    const clear = iconButton('close', 'Clear selection', () => selection.clear());
    this.buttons = ACTIONS[timeline.kind].map((action) => ({ action, node: this.button(action) }));
    this.node = element(
      'div', { class: 'action-bar', role: 'toolbar', 'aria-label': 'Chosen items', hidden: true }, clear, this.words,
      element('div', { class: 'action-bar-actions' }, ...this.buttons.map(({ node }) => node)),
    );
    document.getElementById('main').prepend(this.node);
    selection.addEventListener('change', () => this.show());
  }

  get allFavorites() {
    return this.timeline.selection.assets.every(({ isFavorite }) => isFavorite);
  }

  button(action) {
    return iconButton(action.symbol, action.name, () => this.run(action), { quiet: false, kind: 'quiet' });
  }

  show() {
    const { size } = this.timeline.selection;
    this.node.hidden = size === 0;
    document.body.classList.toggle('is-selecting', size > 0);
    if (size === 0) return;
    this.words.textContent = `${size.toLocaleString('en-GB')} chosen`;
    for (const { action, node } of this.buttons) {
      if (action.isForOne) node.hidden = size !== 1;
      if (!action.isFavorite) continue;
      setIcon(node.querySelector('svg'), this.allFavorites ? 'heart-full' : 'heart');
      node.querySelector('span').textContent = this.allFavorites ? 'Unfavourite' : 'Favourite';
    }
  }

  async run(action) {
    const { selection } = this.timeline;
    const { ids } = selection;
    try {
      if (action.isFavorite) {
        await setFavorite(this.timeline, ids, !this.allFavorites);
        selection.clear();
      } else {
        await action.run(this.timeline, ids);
      }
    } catch (error) {
      complain(error);
    }
  }
}
