// Photos, favourites and archive.
import { openGallery } from './gallery.js';
import { acceptUploads } from './upload/drop.js';

const { timeline } = await openGallery();
if (timeline.kind === 'photos') acceptUploads(timeline);
