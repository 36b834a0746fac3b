// The page of all albums.
import { createAlbum } from './album_picker.js';
import { complain } from './toast.js';

document.querySelector('[data-create-album]').addEventListener('click', async () => {
  try {
    const album = await createAlbum([]);
    if (album) location.assign(`/albums/${album.id}`);
  } catch (error) {
    complain(error);
  }
});
