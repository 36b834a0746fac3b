// New pictures appear in the timeline when the server has made their thumbnails.
import { get } from '../api.js';

const LOOK_EVERY_MS = 1_000;
/** After this long, something is wrong with a file; the page of jobs says what. */
const PATIENCE_MS = 120_000;

export class Arrivals {
  waiting = [];

  constructor(timeline) {
    this.timeline = timeline;
  }

  add(id) {
    this.waiting.push({ id, since: Date.now() });
    if (!this.timer) this.timer = setTimeout(() => this.look(), LOOK_EVERY_MS);
  }

  /** The server works in the order of arrival: whether the first one is ready says enough. */
  async look() {
    let isNews = false;
    while (this.waiting.length > 0 && await this.isReady(this.waiting[0])) {
      this.waiting.shift();
      isNews = true;
    }
    if (isNews) await this.timeline.refresh({ reload: true });
    this.timer = this.waiting.length > 0 ? setTimeout(() => this.look(), LOOK_EVERY_MS) : 0;
  }

  async isReady({ id, since }) {
    if (Date.now() - since > PATIENCE_MS) return true;
    const asset = await get(`/assets/${id}`).catch((error) => (error.status === 400 ? { thumbhash: 'gone' } : null));
    return Boolean(asset?.thumbhash);
  }
}
