// What every page has: the choice of colours, the storage line, word when the connection is gone.
import { get } from './api.js';
import { setIcon, stepAsideWhenMissing } from './dom.js';
import { bytes } from './format.js';
import { complain, tell } from './toast.js';

function isDark() {
  const chosen = document.documentElement.dataset.theme;
  return chosen ? chosen === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
}

function showThemeButtons() {
  for (const button of document.querySelectorAll('[data-theme-toggle]')) {
    setIcon(button.querySelector('svg'), isDark() ? 'sun' : 'moon');
    button.querySelector('span').textContent = isDark() ? 'Light' : 'Dark';
  }
}

function toggleTheme() {
  const theme = isDark() ? 'light' : 'dark';
  document.documentElement.dataset.theme = theme;
  // Without storage the choice lasts as long as the page.
  try { localStorage.setItem('tintype-theme', theme); } catch { /* as above */ }
  showThemeButtons();
}

async function showStorage() {
  const places = document.querySelectorAll('[data-storage]');
  if (places.length === 0) return;
  const disk = await get('/server/storage');
  for (const place of places) {
    place.querySelector('meter').value = disk.diskUsagePercentage;
    place.querySelector('p').textContent = `${bytes(disk.diskAvailableRaw)} of ${bytes(disk.diskSizeRaw)} free`;
  }
}

for (const button of document.querySelectorAll('[data-theme-toggle]')) button.addEventListener('click', toggleTheme);
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', showThemeButtons);
showThemeButtons();
document.querySelectorAll('[data-may-miss]').forEach(stepAsideWhenMissing);
window.addEventListener('offline', () => complain('You are offline. Changes will not be saved.'));
window.addEventListener('online', () => tell('You are online again.'));
// A line of figures is not worth an error message.
showStorage().catch(() => {});
