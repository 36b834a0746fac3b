// Light or dark, before anything is drawn. Without a choice the system's setting holds.
(() => {
  let chosen = null;
  // Storage may be switched off; then the system's setting holds.
  try { chosen = localStorage.getItem('tintype-theme'); } catch { /* as above */ }
  if (chosen === 'light' || chosen === 'dark') document.documentElement.dataset.theme = chosen;
})();
