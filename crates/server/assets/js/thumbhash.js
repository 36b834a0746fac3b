// Reads ThumbHash placeholders: a small picture as the first terms of a cosine transform, in three channels (luminance,
// yellow-blue, red-green) and perhaps a fourth for transparency. The format is open: evanw.github.io/thumbhash.

/** Longest side of a decoded picture; there is no more detail in a hash than this shows. */
const SIDE = 32;
const MAX_REMEMBERED = 600;

function bytesOf(base64) {
  const text = atob(base64);
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/** The constant terms, scales and sizes at the start of a hash. */
function header(hash) {
  const first = hash[0] | (hash[1] << 8) | (hash[2] << 16);
  const second = hash[3] | (hash[4] << 8);
  const hasAlpha = (first >> 23) === 1;
  const isLandscape = (second >> 15) === 1;
  const long = hasAlpha ? 5 : 7;
  const short = Math.max(3, second & 7);
  return {
    hasAlpha,
    luminance: { mean: (first & 63) / 63, scale: ((first >> 18) & 31) / 31, nx: isLandscape ? long : short, ny: isLandscape ? short : long },
    // Colours are stored weaker than they are measured, so that more of them fit the range.
    yellowBlue: { mean: ((first >> 6) & 63) / 31.5 - 1, scale: (((second >> 3) & 63) / 63) * 1.25, nx: 3, ny: 3 },
    redGreen: { mean: ((first >> 12) & 63) / 31.5 - 1, scale: (((second >> 9) & 63) / 63) * 1.25, nx: 3, ny: 3 },
    alpha: hasAlpha ? { mean: (hash[5] & 15) / 15, scale: (hash[5] >> 4) / 15, nx: 5, ny: 5 } : null,
    // As the picture itself had it, roughly; for transparent ones the long side counts five terms.
    ratio: (isLandscape ? long : second & 7) / (isLandscape ? second & 7 : long),
  };
}

/** Four-bit numbers, low half of each byte first. */
function* nibbles(hash, start) {
  for (let index = start; index < hash.length; index += 1) {
    yield hash[index] & 15;
    yield hash[index] >> 4;
  }
}

/** The terms of one channel: those below the diagonal, row by row, without the constant one. */
function terms(channel, source) {
  const found = [];
  for (let y = 0; y < channel.ny; y += 1) {
    for (let x = y === 0 ? 1 : 0; x * channel.ny < channel.nx * (channel.ny - y); x += 1) {
      const value = source.next().value ?? 7.5;
      found.push({ x, y, factor: (value / 7.5 - 1) * channel.scale * 2 });
    }
  }
  return found;
}

/** cosines[n][i] = cos(π n (i + ½) / size). */
function cosines(count, size) {
  return Array.from({ length: count }, (_, n) => (
    Float32Array.from({ length: size }, (__, i) => Math.cos((Math.PI * n * (i + 0.5)) / size))
  ));
}

function plane(channel, channelTerms, across, down, width, height) {
  const values = new Float32Array(width * height).fill(channel.mean);
  for (const { x, y, factor } of channelTerms) {
    for (let row = 0; row < height; row += 1) {
      const weight = factor * down[y][row];
      for (let column = 0; column < width; column += 1) values[row * width + column] += weight * across[x][column];
    }
  }
  return values;
}

function decode(base64) {
  const hash = bytesOf(base64);
  const head = header(hash);
  const width = Math.round(head.ratio > 1 ? SIDE : SIDE * head.ratio) || 1;
  const height = Math.round(head.ratio > 1 ? SIDE / head.ratio : SIDE) || 1;
  const source = nibbles(hash, head.hasAlpha ? 6 : 5);
  const [across, down] = [cosines(7, width), cosines(7, height)];
  const [luminance, yellowBlue, redGreen, alpha] = [head.luminance, head.yellowBlue, head.redGreen, head.alpha]
    .map((channel) => channel && plane(channel, terms(channel, source), across, down, width, height));
  const image = new ImageData(width, height);
  for (let index = 0; index < width * height; index += 1) {
    const blue = luminance[index] - (2 / 3) * yellowBlue[index];
    const red = (3 * luminance[index] - blue + redGreen[index]) / 2;
    const green = red - redGreen[index];
    // The array clamps what is out of range.
    image.data.set([red * 255, green * 255, blue * 255, alpha ? alpha[index] * 255 : 255], index * 4);
  }
  return image;
}

const remembered = new Map();

/** A canvas with the placeholder, or nothing when the hash is none. */
export function placeholder(base64) {
  let image = remembered.get(base64);
  if (!image) {
    // A damaged hash costs a placeholder, nothing more.
    try { image = decode(base64); } catch { return null; }
    if (remembered.size >= MAX_REMEMBERED) remembered.delete(remembered.keys().next().value);
    remembered.set(base64, image);
  }
  const canvas = document.createElement('canvas');
  canvas.width = image.width;
  canvas.height = image.height;
  canvas.getContext('2d').putImageData(image, 0, 0);
  return canvas;
}
