// What somebody sees who came by a shared link.
import { saveAll } from './downloads.js';
import { count } from './format.js';
import { openGallery } from './gallery.js';
import { complain } from './toast.js';
import { acceptUploads } from './upload/drop.js';

const heading = document.querySelector('[data-shared]');
const { timeline } = await openGallery();
if (timeline.may('upload')) acceptUploads(timeline);

const download = document.querySelector('[data-download-all]');
download?.addEventListener('click', () => saveAll(timeline, heading.querySelector('h1').textContent).catch(complain));

function showCount() {
  heading.querySelector('.album-facts').textContent = count(timeline.count, 'item');
  if (download) download.disabled = timeline.count === 0;
}

timeline.addEventListener('change', showCount);
showCount();
