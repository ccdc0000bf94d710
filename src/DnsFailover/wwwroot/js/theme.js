// Loaded before anything is painted, so that a chosen theme does not flash. Not a module, as those run later.
(function () {
  'use strict';
  const themes = ['auto', 'light', 'dark'];
  const root = document.documentElement;
  const dark = matchMedia('(prefers-color-scheme: dark)');
  let theme = 'auto';
  try {
    theme = localStorage.getItem('dnsfailover.theme');
  } catch {
    // Storage may be forbidden; the system's theme is right then.
  }
  root.dataset.theme = themes.includes(theme) ? theme : 'auto';

  const paint = () => (root.dataset.palette = root.dataset.theme === 'dark' || (root.dataset.theme === 'auto' && dark.matches) ? 'dark' : 'light');
  paint();
  dark.addEventListener('change', paint);
  new MutationObserver(paint).observe(root, { attributeFilter: ['data-theme'] });
})();
