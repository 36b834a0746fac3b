// Files on their way to the server: which wait, which are sent, what became of them.
import { isGuest } from '../api.js';
import { digest, known, send } from './send.js';

/** Files sent at the same time. */
const MAX_AT_ONCE = 3;
/** A drop of a whole disk is a mistake; the command line client is made for that. */
export const MAX_FILES = 10_000;

/** States of a file. */
export const WAITING = 'waiting';
export const CHECKING = 'checking';
export const SENDING = 'sending';
export const DONE = 'done';
export const DUPLICATE = 'duplicate';
export const FAILED = 'failed';

const isOver = ({ state }) => [DONE, DUPLICATE, FAILED].includes(state);

export class UploadQueue extends EventTarget {
  items = [];
  running = 0;
  stop = new AbortController();

  /** Adds files. */
  add(files) {
    for (const file of files) this.items.push({ file, state: WAITING, part: 0, note: '', key: crypto.randomUUID?.() ?? String(Math.random()) });
    this.pump();
  }

  /** Tries those again that failed. */
  retry() {
    for (const item of this.items) if (item.state === FAILED) Object.assign(item, { state: WAITING, part: 0, note: '' });
    this.pump();
  }

  /** Forgets everything, and stops what is running. */
  cancel() {
    this.stop.abort();
    this.stop = new AbortController();
    this.items = [];
    this.tell();
  }

  get isBusy() {
    return this.items.some((item) => !isOver(item));
  }

  /** How many there are of each state, and how much of all bytes has gone. */
  get summary() {
    const of = (state) => this.items.filter((item) => item.state === state).length;
    const total = this.items.reduce((sum, { file }) => sum + file.size, 0);
    const gone = this.items.reduce((sum, item) => sum + item.file.size * (isOver(item) ? 1 : item.part), 0);
    return {
      all: this.items.length, over: this.items.filter(isOver).length, done: of(DONE), duplicates: of(DUPLICATE), failed: of(FAILED),
      part: total === 0 ? 1 : gone / total, total, gone,
    };
  }

  pump() {
    this.tell();
    while (this.running < MAX_AT_ONCE) {
      const item = this.items.find(({ state }) => state === WAITING);
      if (!item) break;
      this.running += 1;
      item.state = CHECKING;
      this.run(item, this.stop.signal).finally(() => {
        this.running -= 1;
        this.pump();
        if (!this.isBusy && this.items.length > 0) this.dispatchEvent(new Event('over'));
      });
    }
  }

  async run(item, signal) {
    try {
      if (item.file.size === 0) throw new Error('The file is empty.');
      const checksum = await digest(item.file);
      const there = checksum && await known(checksum);
      if (there) {
        this.finish(item, DUPLICATE, there.isTrashed ? 'In your trash' : 'In your library already', there.id);
        return;
      }
      item.state = SENDING;
      const progress = (part) => { item.part = part; this.tell(); };
      const { id, status } = await send(item.file, checksum, progress, signal);
      const isDuplicate = status === 'duplicate' && !isGuest;
      if (isDuplicate) this.finish(item, DUPLICATE, 'In your library already', id);
      else this.finish(item, DONE, '', id);
      if (!isDuplicate) this.dispatchEvent(new CustomEvent('arrived', { detail: id }));
    } catch (error) {
      this.finish(item, FAILED, error.message);
    }
  }

  finish(item, state, note, id) {
    Object.assign(item, { state, note, id, part: 1 });
    this.tell();
  }

  /** At most once a frame, however many progress events there are. */
  tell() {
    if (this.frame) return;
    this.frame = requestAnimationFrame(() => {
      this.frame = 0;
      this.dispatchEvent(new Event('change'));
    });
  }
}
