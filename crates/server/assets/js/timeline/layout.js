// Puts the pictures of a month into rows that fill the width. Pure: numbers in, boxes out.

/** Tall and wide pictures are cropped to these, or one panorama would squeeze its row. */
const MIN_RATIO = 0.45;
const MAX_RATIO = 3;
/** Rows may grow and shrink by this much to fill the width. */
const MAX_STRETCH = 1.3;
const MAX_SQUEEZE = 1.12;
/** Rows of one day may be this much higher than others; beyond that they stay at the left. */
const MAX_HEIGHT = 1.6;
/** Assumed where nothing is loaded yet. */
const TYPICAL_RATIO = 1.4;
const TYPICAL_FILL = 0.86;

/** Sizes that depend on the width of the page. */
export function measures(width) {
  const isNarrow = width < 640;
  const rowHeight = isNarrow ? Math.max(96, width / 3.3) : width < 1100 ? 176 : 208;
  return { width, rowHeight, gap: isNarrow ? 3 : 6, dayGap: isNarrow ? 12 : 22, monthHeader: isNarrow ? 52 : 68, dayHeader: 30, lineGap: isNarrow ? 10 : 16 };
}

/** How high a month will be, from the number of its pictures alone. */
export function estimate(count, m) {
  const perRow = Math.max(1, (m.width * TYPICAL_FILL) / (m.rowHeight * TYPICAL_RATIO + m.gap));
  const rows = Math.ceil(count / perRow);
  return Math.round(m.monthHeader + rows * (m.rowHeight + m.dayHeader + m.lineGap));
}

const ratioOf = (asset) => Math.min(MAX_RATIO, Math.max(MIN_RATIO, asset.ratio));
const sumOf = (assets) => assets.reduce((sum, asset) => sum + ratioOf(asset), 0);

function byDay(assets) {
  const days = [];
  for (const asset of assets) {
    const day = asset.time.slice(0, 10);
    if (days.at(-1)?.day !== day) days.push({ day, assets: [] });
    days.at(-1).assets.push(asset);
  }
  return days;
}

const natural = (assets, m) => sumOf(assets) * m.rowHeight + m.gap * (assets.length - 1);

/** One row of tiles from `left`; answers the tiles. */
function row(assets, left, top, height, m) {
  let x = left;
  return assets.map((asset) => {
    const width = ratioOf(asset) * height;
    const tile = { asset, left: x, top, width, height };
    x += width + m.gap;
    return tile;
  });
}

/** Several short days beside each other, as one line. */
function sharedLine(days, top, m) {
  const pictures = days.reduce((sum, day) => sum + sumOf(day.assets), 0);
  const gaps = days.reduce((sum, day) => sum + m.gap * (day.assets.length - 1), 0) + m.dayGap * (days.length - 1);
  const height = Math.min((m.width - gaps) / pictures, m.rowHeight * MAX_STRETCH);
  let left = 0;
  const segments = days.map(({ day, assets }) => {
    const tiles = row(assets, left, top + m.dayHeader, height, m);
    const end = tiles.at(-1).left + tiles.at(-1).width;
    const segment = { day, left, top, width: end - left, tiles };
    left = end + m.dayGap;
    return segment;
  });
  return { segments, bottom: top + m.dayHeader + height };
}

/** Cuts a day into rows of about the same length, so that none is left with a single picture. */
function rowsOf(assets, m) {
  const number = Math.max(1, Math.round(natural(assets, m) / m.width));
  const share = sumOf(assets) / number;
  const rows = [[]];
  let length = 0;
  for (const asset of assets) {
    const ratio = ratioOf(asset);
    // Into the next row when more than half of it would be beyond this row's share.
    const isBeyond = length + ratio / 2 > share * rows.length;
    if (isBeyond && rows.length < number && rows.at(-1).length > 0) rows.push([]);
    rows.at(-1).push(asset);
    length += ratio;
  }
  return rows;
}

/** A day of several rows. */
function ownLines({ day, assets }, top, m) {
  const tiles = [];
  let y = top + m.dayHeader;
  for (const pictures of rowsOf(assets, m)) {
    const full = (m.width - m.gap * (pictures.length - 1)) / sumOf(pictures);
    const height = Math.min(full, m.rowHeight * MAX_HEIGHT);
    tiles.push(...row(pictures, 0, y, height, m));
    y += height + m.gap;
  }
  return { segments: [{ day, left: 0, top, width: m.width, tiles }], bottom: y - m.gap };
}

/** The boxes of a month: day segments with their tiles, all relative to the month, and its height. */
export function layout(assets, m) {
  const segments = [];
  let top = m.monthHeader;
  let waiting = [];
  const place = (line) => {
    segments.push(...line.segments);
    top = line.bottom + m.lineGap;
  };
  const flush = () => {
    if (waiting.length > 0) place(sharedLine(waiting, top, m));
    waiting = [];
  };
  for (const day of byDay(assets)) {
    const used = waiting.reduce((sum, other) => sum + natural(other.assets, m) + m.dayGap, 0);
    const wanted = natural(day.assets, m);
    if (wanted > m.width * MAX_SQUEEZE) {
      flush();
      place(ownLines(day, top, m));
    } else {
      if (used + wanted > m.width * MAX_SQUEEZE) flush();
      waiting.push(day);
    }
  }
  flush();
  return { segments, height: Math.round(top + m.lineGap) };
}
