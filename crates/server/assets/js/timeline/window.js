// The part of a timeline that is in the document: months near the screen, and of those only the rows near it.
import { element } from '../dom.js';
import { dayName, longDay, monthName } from '../format.js';
import { Tile } from './tile.js';

/** Tiles in the document at most, however many pictures there are. */
export const MAX_TILES = 700;
/** Rows this many screens away are ready before they are scrolled to. */
const OVERSCAN = 0.8;

export class Window {
  months = new Map();
  segments = new Map();
  tiles = new Map();

  constructor(canvas, path, selection) {
    Object.assign(this, { canvas, path, selection });
  }

  /** Makes the document show what lies between two heights. `keep` stays even when it is elsewhere. */
  show(reel, { from, to, keep }) {
    const margin = (to - from) * OVERSCAN;
    const wanted = { months: new Set(), segments: new Set(), tiles: new Set() };
    const near = reel.between(from - margin, to + margin);
    const kept = keep && reel.find(keep)?.month;
    if (kept && !near.includes(kept)) near.push(kept);
    for (const month of near) this.showMonth(month, { from: from - margin, to: to + margin, keep }, wanted);
    this.forget(this.tiles, wanted.tiles, (tile) => tile.leave());
    this.forget(this.segments, wanted.segments, (node) => node.remove());
    this.forget(this.months, wanted.months, (node) => node.remove());
    this.canvas.style.height = `${reel.height}px`;
  }

  showMonth(month, range, wanted) {
    wanted.months.add(month.key);
    let node = this.months.get(month.key);
    if (!node) {
      const title = monthName(month.key);
      node = element('section', { class: 'month', 'aria-label': title }, element('h2', {}, title));
      this.months.set(month.key, node);
      this.canvas.append(node);
    }
    node.style.top = `${month.top}px`;
    node.style.height = `${month.height}px`;
    node.classList.toggle('empty', !month.isLoaded);
    node.setAttribute('aria-busy', String(!month.isLoaded));
    for (const segment of month.boxes?.segments ?? []) this.showSegment(month, node, segment, range, wanted);
  }

  showSegment(month, parent, segment, { from, to, keep }, wanted) {
    const inRange = ({ top, height, asset }) => (
      (month.top + top < to && month.top + top + height > from) || asset.id === keep
    );
    const tiles = segment.tiles.filter(inRange).slice(0, MAX_TILES - wanted.tiles.size);
    if (tiles.length === 0) return;
    // A day may be split when it begins on one line with others and is changed later: its place is part of its name.
    const key = `${month.key} ${segment.day} ${Math.round(segment.left)} ${Math.round(segment.top)}`;
    wanted.segments.add(key);
    let node = this.segments.get(key);
    if (!node || node.parentNode !== parent) {
      node?.remove();
      node = element('div', { class: 'day', role: 'group', 'aria-label': longDay(segment.day) }, element('h3', {}, dayName(segment.day)));
      this.segments.set(key, node);
      parent.append(node);
    }
    Object.assign(node.style, { left: `${segment.left}px`, top: `${segment.top}px`, width: `${segment.width}px` });
    for (const box of tiles) this.showTile(node, segment, box, wanted);
  }

  showTile(parent, segment, box, wanted) {
    const { id } = box.asset;
    wanted.tiles.add(id);
    let tile = this.tiles.get(id);
    if (!tile) {
      tile = new Tile(box.asset, this.path);
      this.tiles.set(id, tile);
    }
    if (tile.asset !== box.asset) tile.show(box.asset);
    tile.place(box, segment);
    tile.select(this.selection.has(id));
    if (tile.node.parentNode !== parent) this.insert(parent, tile);
  }

  /** Tiles are in the document in the order of time, so that reading and tabbing follow it. */
  insert(parent, tile) {
    const { time } = tile.asset;
    const later = [...parent.children].find((node) => {
      const other = this.tiles.get(node.dataset.id);
      return other && (this.isAscending ? other.asset.time > time : other.asset.time < time);
    });
    parent.insertBefore(tile.node, later ?? null);
  }

  forget(map, wanted, leave) {
    for (const [key, item] of map) {
      if (wanted.has(key)) continue;
      leave(item);
      map.delete(key);
    }
  }

  /** Fetches the thumbnails of what is shown, those on the screen first. */
  loadPictures() {
    const middle = innerHeight / 2;
    const distance = (tile) => Math.abs(tile.node.getBoundingClientRect().top - middle);
    const waiting = [...this.tiles.values()].filter((tile) => !tile.image);
    for (const tile of waiting.sort((a, b) => distance(a) - distance(b))) tile.load();
  }

  showSelection() {
    for (const [id, tile] of this.tiles) tile.select(this.selection.has(id));
    this.canvas.classList.toggle('selecting', this.selection.size > 0);
  }

  /** Shows changed facts, such as a favourite. */
  refresh(ids) {
    for (const id of ids) {
      const tile = this.tiles.get(id);
      if (!tile) continue;
      tile.show(tile.asset);
      tile.load();
    }
  }
}
