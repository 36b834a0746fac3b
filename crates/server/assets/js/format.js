// Dates, sizes and durations in words.

/** Local times of pictures are wall-clock times: they are read as UTC and shown as UTC, so that no zone shifts them. */
const show = (options) => new Intl.DateTimeFormat('en-GB', { ...options, timeZone: 'UTC' });
const MONTH = show({ month: 'long', year: 'numeric' });
const DAY = show({ weekday: 'short', day: 'numeric' });
const LONG_DAY = show({ weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' });
const TIME = show({ hour: '2-digit', minute: '2-digit' });

const asDate = (text) => new Date(text.length > 10 ? `${text.replace(/Z$/, '')}Z` : `${text.slice(0, 10)}T00:00:00Z`);

/** `May 2024` of `2024-05-01`. */
export const monthName = (key) => MONTH.format(asDate(key));
/** `Sat 4` of `2024-05-04`. */
export const dayName = (day) => DAY.format(asDate(day)).replace(',', '');
/** `Saturday 4 May 2024`. */
export const longDay = (day) => LONG_DAY.format(asDate(day)).replace(',', '');
/** `14:05` of a local time. */
export const clock = (time) => TIME.format(asDate(time));

/** `1 photo`, `12,345 photos`. */
export function count(number, one, many = `${one}s`) {
  return `${number.toLocaleString('en-GB')} ${number === 1 ? one : many}`;
}

/** `1.5 MB`. */
export function bytes(number) {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let unit = 0;
  let value = number;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}

/** `1:05` or `1:02:03`. */
export function duration(ms) {
  const seconds = Math.max(0, Math.round(ms / 1000));
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const shown = parts[0] > 0 ? parts : parts.slice(1);
  return shown.map((part, index) => (index === 0 ? String(part) : String(part).padStart(2, '0'))).join(':');
}

/** Milliseconds of what the API calls a duration: a number, or `0:01:02.500`. */
export function durationMs(value) {
  if (typeof value === 'number') return value;
  if (typeof value !== 'string') return null;
  const parts = value.split(':').map(Number);
  const seconds = parts.reduce((sum, part) => sum * 60 + part, 0);
  return Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : null;
}
