// Takes files from the file chooser, and from dropping them anywhere on the page.
import { get } from '../api.js';
import { element, icon } from '../dom.js';
import { complain, tell } from '../toast.js';
import { Arrivals } from './arrivals.js';
import { MAX_FILES, UploadQueue } from './queue.js';
import { UploadPanel, outcome } from './panel.js';

/** All files in what was dropped; folders are opened. */
async function filesOf(transfer) {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  if (entries.length === 0) return [...transfer.files];
  const files = [];
  while (entries.length > 0 && files.length < MAX_FILES) {
    const entry = entries.shift();
    if (entry.isFile) files.push(await new Promise((resolve, reject) => { entry.file(resolve, reject); }));
    else entries.push(...await childrenOf(entry));
  }
  return files;
}

async function childrenOf(folder) {
  const reader = folder.createReader();
  const children = [];
  // A reader hands out its entries in parts until an empty one.
  for (;;) {
    const part = await new Promise((resolve, reject) => { reader.readEntries(resolve, reject); });
    if (part.length === 0) return children;
    children.push(...part);
  }
}

function dropArea() {
  return element('div', { class: 'drop-area', hidden: true, 'aria-hidden': 'true' }, icon('upload'), element('p', {}, 'Drop to upload'));
}

function listenToDrops(add) {
  const area = dropArea();
  document.body.append(area);
  // Entering a child leaves its parent: only a balanced count is out.
  let depth = 0;
  const hasFiles = (event) => event.dataTransfer?.types.includes('Files');
  const show = (change) => { depth = Math.max(0, depth + change); area.hidden = depth === 0; };
  window.addEventListener('dragenter', (event) => { if (hasFiles(event)) { event.preventDefault(); show(1); } });
  window.addEventListener('dragover', (event) => { if (hasFiles(event)) event.preventDefault(); });
  window.addEventListener('dragleave', (event) => { if (hasFiles(event)) show(-1); });
  window.addEventListener('drop', async (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    depth = 0;
    area.hidden = true;
    add(await filesOf(event.dataTransfer).catch(() => { complain('These files cannot be read.'); return []; }));
  });
}

/** Lets people upload on this page. */
export function acceptUploads(timeline) {
  const queue = new UploadQueue();
  new UploadPanel(queue);
  const arrivals = new Arrivals(timeline);
  const chooser = element('input', { type: 'file', multiple: true, hidden: true, 'data-chooser': true });
  document.getElementById('main').append(chooser);
  // Without the list everything may be chosen; the server decides in any case.
  get('/server/media-types').then(({ image, video }) => { chooser.accept = [...image, ...video].join(','); }, () => {});
  const add = (files) => {
    if (files.length >= MAX_FILES) complain(`Only the first ${MAX_FILES.toLocaleString('en-GB')} files are taken.`);
    if (files.length > 0) queue.add(files.slice(0, MAX_FILES));
  };
  chooser.addEventListener('change', () => { add([...chooser.files]); chooser.value = ''; });
  for (const button of document.querySelectorAll('[data-upload]')) button.addEventListener('click', () => chooser.click());
  listenToDrops(add);
  queue.addEventListener('arrived', (event) => arrivals.add(event.detail));
  queue.addEventListener('over', () => {
    const { summary } = queue;
    if (summary.failed > 0) complain(outcome(summary));
    else tell(outcome(summary));
  });
  window.addEventListener('beforeunload', (event) => { if (queue.isBusy) event.preventDefault(); });
}
