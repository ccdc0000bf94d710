// The button that chooses between light and dark; theme.js puts the choice into effect before anything is painted.

/** The next theme. */
export function turnTheme() {
  const order = ['auto', 'light', 'dark'];
  const theme = order[(order.indexOf(document.documentElement.dataset.theme) + 1) % order.length];
  document.documentElement.dataset.theme = theme;
  try {
    localStorage.setItem('dnsfailover.theme', theme);
  } catch {
    // It holds until the page is loaded anew.
  }
  paintTheme();
}

/** Says which one it is. */
export const paintTheme = () => (document.getElementById('theme-word').textContent = document.documentElement.dataset.theme);
