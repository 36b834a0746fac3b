// One album.
import { get, patch, remove } from './api.js';
import { confirm, fill } from './dialogs.js';
import { saveAll } from './downloads.js';
import { count } from './format.js';
import { openGallery } from './gallery.js';
import { share } from './sharing.js';
import { complain } from './toast.js';

const heading = document.querySelector('[data-album]');
const address = `/albums/${heading.dataset.album}`;
const name = heading.querySelector('[data-album-name]');
const description = heading.querySelector('[data-album-description]');
const { timeline } = await openGallery();

function on(selector, work) {
  document.querySelector(selector)?.addEventListener('click', () => work().catch(complain));
}

on('[data-edit-album]', async () => {
  const fields = [
    { name: 'albumName', label: 'Name', required: true, value: name.textContent },
    { name: 'description', label: 'Description', type: 'textarea', value: description.textContent },
  ];
  const album = await fill('Edit album', fields, 'Save', (values) => patch(address, values));
  if (!album) return;
  name.textContent = album.albumName;
  description.textContent = album.description;
  document.title = `${album.albumName} · Tintype`;
});

on('[data-album-order]', async () => {
  await patch(address, { order: heading.dataset.order === 'desc' ? 'asc' : 'desc' });
  location.reload();
});

on('[data-delete-album]', async () => {
  const text = 'The photos in it stay in your library.';
  if (!await confirm(`Delete ${name.textContent}?`, text, 'Delete album')) return;
  await remove(address);
  location.assign('/albums');
});

on('[data-download-album]', () => saveAll(timeline, name.textContent));
on('[data-share-album]', () => share({ type: 'ALBUM', albumId: heading.dataset.album }));

timeline.addEventListener('change', async () => {
  const facts = heading.querySelector('.album-facts');
  const shown = facts.textContent.split(' · ');
  facts.textContent = [count(timeline.count, 'item'), ...shown.slice(1)].join(' · ');
});

// Somebody else may have deleted it meanwhile: say so instead of failing at every button.
window.addEventListener('focus', () => get(`${address}?withoutAssets=true`).catch((error) => {
  if (error.status === 400) location.assign('/albums');
}));
