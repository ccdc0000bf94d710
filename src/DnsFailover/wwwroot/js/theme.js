// Loaded before anything is painted, so that a chosen theme does not flash. Not a module, as those run later.
(function () {
  'use strict';
  const themes = ['auto', 'light', 'dark'];
  let theme = 'auto';
  try {
    theme = localStorage.getItem('dnsfailover.theme');
  } catch {
    // Storage may be forbidden; the system's theme is right then.
  }
  document.documentElement.dataset.theme = themes.includes(theme) ? theme : 'auto';
})();
