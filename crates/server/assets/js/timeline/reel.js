// The months of a timeline one below the other: where each is, and which picture comes before and after another.
import { estimate, layout } from './layout.js';

/** One month. Its pictures are there only while it is near what is looked at. */
class Month {
  constructor(key, count) {
    Object.assign(this, { key, count, top: 0, height: 0, assets: null, boxes: null, failed: false });
  }

  get isLoaded() {
    return this.assets !== null;
  }

  measure(m) {
    if (!this.assets) {
      // A height that was measured once at this width is better than a guess.
      if (this.measuredAt !== m.width) this.height = estimate(this.count, m);
      return;
    }
    this.boxes = layout(this.assets, m);
    this.height = this.boxes.height;
    this.measuredAt = m.width;
  }
}

export class Reel {
  months = [];
  measures = null;

  /** Takes over the months the API names; pictures that are loaded stay where the count is the same. */
  setMonths(list) {
    const known = new Map(this.months.map((month) => [month.key, month]));
    this.months = list.map(({ key, count }) => {
      const month = known.get(key);
      if (month && month.count === count) return month;
      return new Month(key, count);
    });
    this.arrange();
  }

  setMeasures(measures) {
    this.measures = measures;
    this.arrange();
  }

  /** Gives a month its pictures; the count follows them. */
  fill(month, assets) {
    month.assets = assets;
    month.count = assets.length;
    month.failed = false;
    this.measure(month);
    this.stack();
  }

  /** Lets go of a month's pictures; its height stays. */
  release(month) {
    month.assets = null;
    month.boxes = null;
  }

  measure(month) {
    if (this.measures) month.measure(this.measures);
  }

  arrange() {
    for (const month of this.months) this.measure(month);
    this.stack();
  }

  stack() {
    let top = 0;
    for (const month of this.months) {
      month.top = top;
      top += month.height;
    }
    this.height = top;
  }

  get count() {
    return this.months.reduce((sum, month) => sum + month.count, 0);
  }

  /** The month at a height. */
  at(y) {
    let [low, high] = [0, this.months.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.months[middle].top <= y) low = middle;
      else high = middle - 1;
    }
    return this.months[low];
  }

  between(from, to) {
    return this.months.filter((month) => month.top < to && month.top + month.height > from);
  }

  /** Where a loaded picture is: its month, its place in it and its box. */
  find(id) {
    for (const month of this.months) {
      const index = month.assets?.findIndex((asset) => asset.id === id) ?? -1;
      if (index >= 0) return { month, index, asset: month.assets[index], tile: this.tileOf(month, id) };
    }
    return null;
  }

  tileOf(month, id) {
    for (const segment of month.boxes?.segments ?? []) {
      const tile = segment.tiles.find(({ asset }) => asset.id === id);
      if (tile) return tile;
    }
    return null;
  }

  /** The picture before (-1) or after (1) another; the month it is in when that is not loaded; null at the end. */
  beside(id, step) {
    const here = this.find(id);
    if (!here) return null;
    const asset = here.month.assets[here.index + step];
    if (asset) return { asset };
    const month = this.months[this.months.indexOf(here.month) + step];
    if (!month) return null;
    return month.isLoaded ? { asset: month.assets.at(step > 0 ? 0 : -1) } : { month };
  }

  /** Takes pictures out. Months that are empty now go as well. */
  remove(ids) {
    const gone = new Set(ids);
    for (const month of this.months) {
      if (!month.assets?.some(({ id }) => gone.has(id))) continue;
      month.assets = month.assets.filter(({ id }) => !gone.has(id));
      month.count = month.assets.length;
      this.measure(month);
    }
    this.months = this.months.filter(({ count }) => count > 0);
    this.stack();
  }

  /** Changes what is known about pictures. */
  patch(ids, change) {
    const wanted = new Set(ids);
    for (const month of this.months) {
      for (const asset of month.assets ?? []) if (wanted.has(asset.id)) Object.assign(asset, change);
    }
  }
}
