// A timeline of any length: loads the months near the screen, keeps what is looked at in its place while heights
// become known, and knows every picture's neighbours.
import * as chosen from './chosen.js';
import * as library from './library.js';
import { complain } from '../toast.js';
import { measures } from './layout.js';
import { Reel } from './reel.js';
import { Selection } from './selection.js';
import { Window } from './window.js';

/** Months that are fetched at the same time. */
const MAX_REQUESTS = 3;
/** Months whose pictures are remembered. */
const MAX_LOADED_MONTHS = 36;
/** Months this many screens away are fetched. */
const LOAD_AHEAD = 1.5;
/** Without movement for this long, somebody looks. */
const SETTLE_MS = 90;
/** Faster than this per frame, nobody can see thumbnails. */
const FLYING_PX = 900;

export class Timeline extends EventTarget {
  selection = new Selection();
  reel = new Reel();
  requests = new Map();
  focused = null;
  /** A few words about pictures, by id, for pages that know more than the months say. */
  notes = new Map();

  constructor(root) {
    super();
    const { path, query, kind, allows } = root.dataset;
    Object.assign(this, { root, path, query, kind, canvas: root.querySelector('.canvas') });
    // Without a query the pictures were chosen one by one.
    this.source = query ? library : chosen;
    this.allows = allows?.split(' ');
    this.window = new Window(this.canvas, path, this.selection);
    this.window.isAscending = query.includes('order=asc');
    this.selection.addEventListener('change', () => this.window.showSelection());
    window.addEventListener('scroll', () => this.onScroll(), { passive: true });
    new ResizeObserver(() => this.onResize()).observe(this.canvas);
  }

  /** Asks for the months and shows the first ones. */
  async start() {
    this.reel.setMeasures(measures(this.canvas.clientWidth));
    await this.refresh();
    this.root.classList.add('started');
  }

  /** Asks again which months there are; `reload` asks for the pictures of those that are shown as well. */
  async refresh({ reload = false } = {}) {
    let months;
    try {
      months = await this.source.months(this.query);
    } catch (error) {
      complain(error, { name: 'Try again', run: () => this.refresh({ reload }) });
      return;
    }
    const loaded = this.reel.months.filter((month) => month.isLoaded).map(({ key }) => key);
    this.keepPlace(() => this.reel.setMonths(months));
    const again = this.reel.months.filter(({ key, isLoaded }) => loaded.includes(key) && (reload || !isLoaded));
    await Promise.all(again.map((month) => this.fetch(month)));
    this.changed();
  }

  changed() {
    this.render();
    this.load();
    this.dispatchEvent(new Event('change'));
  }

  get count() {
    return this.reel.count;
  }

  /** Whether `what` can be done here: `change`, `download`, `details` or `upload`. One's own pages say nothing of it. */
  may(what) {
    return this.allows?.includes(what) ?? true;
  }

  /** Every picture there is. */
  async ids() {
    const ids = [];
    for (const month of this.reel.months) {
      if (!month.isLoaded) await this.fetch(month);
      ids.push(...(month.assets ?? []).map(({ id }) => id));
    }
    return ids;
  }

  // Where the screen is, in the timeline's own heights.

  get origin() {
    return this.canvas.getBoundingClientRect().top + scrollY;
  }

  get view() {
    const from = scrollY - this.origin;
    return { from, to: from + innerHeight };
  }

  scrollTo(y) {
    window.scrollTo({ top: Math.max(0, y + this.origin), behavior: 'instant' });
  }

  /** Runs what changes heights, and puts the first picture on the screen back to where it was. */
  keepPlace(change) {
    const { from, to } = this.view;
    // At the top of the page the top is what stays.
    const anchor = from > 0 && this.reel.months.length > 0 ? this.anchorIn(from, to) : null;
    change();
    this.canvas.style.height = `${this.reel.height}px`;
    if (!anchor) return;
    const tile = anchor.id && this.reel.find(anchor.id);
    const month = this.reel.months.find(({ key }) => key === anchor.key) ?? this.reel.at(from);
    if (!month) return;
    const y = tile?.tile ? tile.month.top + tile.tile.top + anchor.offset : month.top + anchor.part * month.height;
    if (Math.abs(y - from) >= 1) this.scrollTo(y);
  }

  /** The first picture that is seen, and for want of one a part of the month at the top. */
  anchorIn(from, to) {
    const part = (month) => (from - month.top) / Math.max(1, month.height);
    for (const month of this.reel.between(from, to)) {
      const tiles = month.boxes?.segments.flatMap(({ tiles: found }) => found) ?? [];
      const tile = tiles.find(({ top, height }) => month.top + top + height > from && month.top + top < to);
      if (tile) return { key: month.key, part: part(month), id: tile.asset.id, offset: from - month.top - tile.top };
    }
    const month = this.reel.at(from);
    return { key: month.key, part: part(month), id: null, offset: 0 };
  }

  // Reacting to movement: at most once a frame.

  onScroll() {
    if (this.frame) return;
    this.frame = requestAnimationFrame(() => {
      this.frame = 0;
      const { from } = this.view;
      this.isFlying = Math.abs(from - (this.lastFrom ?? from)) > FLYING_PX;
      this.lastFrom = from;
      this.render();
      clearTimeout(this.settle);
      this.settle = setTimeout(() => this.onSettled(), SETTLE_MS);
      if (!this.isFlying) this.load();
      this.dispatchEvent(new Event('scroll'));
    });
  }

  onSettled() {
    this.isFlying = false;
    this.load();
    this.window.loadPictures();
  }

  onResize() {
    const width = this.canvas.clientWidth;
    if (!width || width === this.reel.measures?.width) return;
    this.keepPlace(() => this.reel.setMeasures(measures(width)));
    this.changed();
  }

  render() {
    const keep = this.canvas.contains(document.activeElement) ? this.focused : null;
    this.window.show(this.reel, { ...this.view, keep });
    if (!this.isFlying) this.window.loadPictures();
    this.showFocus();
  }

  /** One tile can be reached with Tab; the arrow keys lead on from there. */
  showFocus() {
    const { tiles } = this.window;
    const { from } = this.view;
    const first = () => [...tiles.keys()].find((id) => {
      const found = this.reel.find(id);
      return found?.tile && found.month.top + found.tile.top >= from;
    }) ?? tiles.keys().next().value;
    const current = tiles.has(this.focused) ? this.focused : first();
    if (current !== this.tabbable) {
      tiles.get(this.tabbable)?.link.setAttribute('tabindex', '-1');
      this.tabbable = current;
    }
    tiles.get(current)?.link.setAttribute('tabindex', '0');
  }

  /** Fetches the months near the screen, nearest first, and lets go of far ones. */
  load() {
    const { from, to } = this.view;
    const margin = (to - from) * LOAD_AHEAD;
    const middle = (from + to) / 2;
    const distance = (month) => Math.max(month.top - middle, middle - month.top - month.height, 0);
    const missing = this.reel.between(from - margin, to + margin).filter(({ isLoaded, failed }) => !isLoaded && !failed);
    missing.sort((a, b) => distance(a) - distance(b));
    for (const month of missing.slice(0, Math.max(0, MAX_REQUESTS - this.requests.size))) {
      this.fetch(month).then(() => this.load());
    }
    const loaded = this.reel.months.filter(({ isLoaded }) => isLoaded);
    if (loaded.length <= MAX_LOADED_MONTHS) return;
    loaded.sort((a, b) => distance(b) - distance(a));
    for (const month of loaded.slice(0, loaded.length - MAX_LOADED_MONTHS)) this.reel.release(month);
  }

  /** Fetches a month once, however many ask. */
  fetch(month) {
    const running = this.requests.get(month.key);
    if (running) return running;
    const request = this.source.month(this.query, month.key).then(
      (assets) => this.take(month.key, assets),
      (error) => {
        month.failed = true;
        complain(error, { name: 'Try again', run: () => { month.failed = false; this.load(); } });
      },
    ).finally(() => this.requests.delete(month.key));
    this.requests.set(month.key, request);
    return request;
  }

  take(key, assets) {
    // The months may have been asked for again in the meantime.
    const month = this.reel.months.find((other) => other.key === key);
    if (!month) return;
    for (const asset of assets) asset.note = this.notes.get(asset.id);
    this.keepPlace(() => this.reel.fill(month, assets));
    this.render();
  }

  // What others ask of a timeline.

  /** A picture that is loaded. */
  asset(id) {
    return this.reel.find(id)?.asset;
  }

  /** The picture before or after another, fetched if need be. */
  async beside(id, step) {
    const next = this.reel.beside(id, step);
    if (!next?.month) return next?.asset ?? null;
    await this.fetch(next.month);
    return next.month.assets?.at(step > 0 ? 0 : -1) ?? null;
  }

  /** Loads the month that a picture is in and answers the picture, if it is part of this timeline. */
  async locate(id, localDateTime) {
    const key = `${localDateTime.slice(0, 7)}-01`;
    const month = this.reel.months.find((other) => other.key === key);
    if (month && !month.isLoaded) await this.fetch(month);
    return this.asset(id);
  }

  /** All pictures from one to another, in whichever order. */
  async range(one, other) {
    const [a, b] = [this.reel.find(one), this.reel.find(other)];
    if (!a || !b) return b ? [b.asset] : [];
    const places = [this.reel.months.indexOf(a.month), this.reel.months.indexOf(b.month)].sort((x, y) => x - y);
    const months = this.reel.months.slice(places[0], places[1] + 1);
    for (const month of months) if (!month.isLoaded) await this.fetch(month);
    const all = months.flatMap(({ assets }) => assets ?? []);
    const ends = [one, other].map((id) => all.findIndex((asset) => asset.id === id)).sort((x, y) => x - y);
    return all.slice(ends[0], ends[1] + 1);
  }

  /** Scrolls until a loaded picture is on the screen. */
  reveal(id) {
    const found = this.reel.find(id);
    if (!found?.tile) return;
    const { from, to } = this.view;
    const top = found.month.top + found.tile.top;
    const margin = 72;
    if (top - margin < from) this.scrollTo(top - margin);
    else if (top + found.tile.height + margin > to) this.scrollTo(top + found.tile.height + margin - innerHeight);
    this.render();
  }

  /** Moves the keyboard's place to a picture. */
  focus(id) {
    this.focused = id;
    this.reveal(id);
    this.showFocus();
    this.window.tiles.get(id)?.link.focus({ preventScroll: true });
  }

  remove(ids) {
    this.keepPlace(() => this.reel.remove(ids));
    this.selection.drop(ids);
    this.changed();
  }

  patch(ids, change) {
    this.reel.patch(ids, change);
    this.window.refresh(ids);
  }
}
