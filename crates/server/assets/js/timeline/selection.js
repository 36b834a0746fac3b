// Which pictures are chosen. Kept apart from the tiles, which come and go while one scrolls.

export class Selection extends EventTarget {
  chosen = new Map();
  /** Where a range begins. */
  anchor = null;
  /** Where nothing can be done with chosen pictures, none can be chosen. */
  isOff = false;

  has(id) {
    return this.chosen.has(id);
  }

  get size() {
    return this.chosen.size;
  }

  get ids() {
    return [...this.chosen.keys()];
  }

  get assets() {
    return [...this.chosen.values()];
  }

  toggle(asset) {
    if (this.isOff) return;
    if (!this.chosen.delete(asset.id)) this.chosen.set(asset.id, asset);
    this.anchor = asset.id;
    this.tell();
  }

  add(assets) {
    if (this.isOff) return;
    for (const asset of assets) this.chosen.set(asset.id, asset);
    this.anchor = assets.at(-1)?.id ?? this.anchor;
    this.tell();
  }

  drop(ids) {
    for (const id of ids) this.chosen.delete(id);
    this.tell();
  }

  clear() {
    this.chosen.clear();
    this.anchor = null;
    this.tell();
  }

  tell() {
    this.dispatchEvent(new Event('change'));
  }
}
