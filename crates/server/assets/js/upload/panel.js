// How the upload is going: a total, and a line for every file that needs attention or is being sent.
import { element, icon, iconButton } from '../dom.js';
import { bytes, count } from '../format.js';
import { CHECKING, DONE, DUPLICATE, FAILED, SENDING } from './queue.js';

/** Lines shown; the rest is in the total. */
const MAX_LINES = 60;
const WORDS = { [CHECKING]: 'Checking…', [SENDING]: 'Sending…', [DONE]: 'Uploaded', [DUPLICATE]: 'Duplicate', [FAILED]: 'Failed' };
const SYMBOLS = { [DONE]: 'check', [DUPLICATE]: 'copy', [FAILED]: 'warning' };
/** What failed comes first, then what is running, then what is over. */
const RANK = { [FAILED]: 0, [SENDING]: 1, [CHECKING]: 1, [DUPLICATE]: 2, [DONE]: 3, waiting: 4 };

export class UploadPanel {
  constructor(queue) {
    this.queue = queue;
    this.title = element('h2', { id: 'upload-title' });
    this.bar = element('progress', { max: '1', value: '0', 'aria-labelledby': 'upload-title' });
    this.figures = element('p', { class: 'hint' });
    this.list = element('ul', { class: 'upload-files', tabindex: '0', 'aria-label': 'Files' });
    this.again = element('button', { type: 'button', class: 'button', hidden: true, onclick: () => queue.retry() }, 'Try failed ones again');
    const close = iconButton('close', 'Close uploads', () => this.close());
    this.node = element(
      'section', { class: 'upload', 'aria-labelledby': 'upload-title', hidden: true },
      element('div', { class: 'upload-head' }, this.title, close), this.bar, this.figures, this.list, this.again,
    );
    document.getElementById('main').append(this.node);
    queue.addEventListener('change', () => this.show());
  }

  close() {
    this.node.hidden = true;
    if (!this.queue.isBusy) this.queue.cancel();
  }

  show() {
    const { summary } = this.queue;
    if (summary.all === 0) {
      this.node.hidden = true;
      return;
    }
    // Closed while it ran: stays closed until somebody adds more.
    if (this.seen !== summary.all) this.node.hidden = false;
    this.seen = summary.all;
    const isOver = summary.over === summary.all;
    this.title.textContent = isOver ? 'Upload finished' : `Uploading ${summary.over + 1} of ${summary.all}`;
    this.bar.value = summary.part;
    this.figures.textContent = isOver ? outcome(summary) : `${bytes(summary.gone)} of ${bytes(summary.total)}`;
    this.again.hidden = !isOver || summary.failed === 0;
    this.showFiles();
  }

  showFiles() {
    const items = this.queue.items.filter(({ state }) => state !== 'waiting').sort((a, b) => RANK[a.state] - RANK[b.state]);
    this.list.replaceChildren(...items.slice(0, MAX_LINES).map(line));
  }
}

function line({ file, state, part, note }) {
  const progress = state === SENDING && element('progress', { max: '1', value: String(part), 'aria-label': `Progress of ${file.name}` });
  const symbol = SYMBOLS[state] ? icon(SYMBOLS[state]) : element('span', { class: 'spinner' });
  return element(
    'li', { class: `upload-file ${state}` }, symbol,
    element('div', { class: 'row-text' }, element('strong', {}, file.name), progress || element('span', {}, note || WORDS[state])),
  );
}

/** `3 uploaded, 1 duplicate`. */
export function outcome({ done, duplicates, failed }) {
  const parts = [];
  if (done > 0) parts.push(`${count(done, 'file')} uploaded`);
  if (duplicates > 0) parts.push(count(duplicates, 'duplicate'));
  if (failed > 0) parts.push(`${failed.toLocaleString('en-GB')} failed`);
  return parts.join(', ');
}
