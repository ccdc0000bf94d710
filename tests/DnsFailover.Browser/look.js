() => {
  const flaws = [];
  const isSeen = (element) => {
    const box = element.getBoundingClientRect();
    const style = getComputedStyle(element);
    return box.width > 1 && box.height > 1 && style.visibility === 'visible' && !element.closest('[hidden]') && !element.closest('dialog:not([open])');
  };
  const where = (element) => `${element.nodeName.toLowerCase()}.${element.className?.baseVal ?? element.className} "${element.textContent.trim().slice(0, 40)}"`;

  // Every control has a name, and is large enough for a thumb.
  for (const control of document.querySelectorAll('button, a[href], input, select, summary, [tabindex="0"]')) {
    if (!isSeen(control)) {
      continue;
    }
    const name = control.getAttribute('aria-label') ?? control.labels?.[0]?.textContent ?? control.textContent;
    if (name.trim() === '') {
      flaws.push(`no name: ${where(control)}`);
    }
    const { height, width } = control.getBoundingClientRect();
    if (control.nodeName !== 'A' && (height < 24 || width < 24)) {
      flaws.push(`too small (${width} x ${height}): ${where(control)}`);
    }
  }

  // Landmarks, language, alternatives, ids.
  for (const landmark of ['main', 'header', 'footer']) {
    if (document.querySelectorAll(landmark).length !== 1) {
      flaws.push(`not one ${landmark}`);
    }
  }
  if (!document.documentElement.lang) {
    flaws.push('no language');
  }
  for (const image of document.querySelectorAll('img')) {
    if (!image.hasAttribute('alt')) {
      flaws.push(`no alternative: ${image.src}`);
    }
  }
  const ids = [...document.querySelectorAll('[id]')].map((element) => element.id);
  for (const id of new Set(ids.filter((one, index) => ids.indexOf(one) !== index))) {
    flaws.push(`id twice: ${id}`);
  }
  for (const element of document.querySelectorAll('[aria-labelledby], [aria-activedescendant], [for]')) {
    for (const name of ['aria-labelledby', 'aria-activedescendant', 'for']) {
      const wanted = element.getAttribute(name);
      if (wanted && isSeen(element) && !document.getElementById(wanted)) {
        flaws.push(`${name} leads nowhere: ${wanted}`);
      }
    }
  }

  // Headings in order.
  let level = 0;
  for (const heading of document.querySelectorAll('main h1, main h2, main h3, main h4')) {
    const own = Number(heading.nodeName[1]);
    if (own > level + 1) {
      flaws.push(`heading ${own} behind ${level}: ${where(heading)}`);
    }
    level = own;
  }
  if (document.querySelectorAll('main h1').length !== 1) {
    flaws.push('not one h1');
  }

  // Contrast of every text (WCAG 2.2, 1.4.3).
  const parse = (color) => {
    const [r, g, b, a = 1] = color.match(/[\d.]+/g).map(Number);
    return { r, g, b, a };
  };
  const over = (top, below) => ({ r: top.r * top.a + below.r * (1 - top.a), g: top.g * top.a + below.g * (1 - top.a), b: top.b * top.a + below.b * (1 - top.a), a: 1 });
  const ground = (element) => {
    const layers = [];
    for (let one = element; one; one = one.parentElement) {
      layers.push(parse(getComputedStyle(one).backgroundColor));
    }
    return layers.reverse().reduce((below, top) => over(top, below), { r: 255, g: 255, b: 255, a: 1 });
  };
  const luminance = ({ r, g, b }) => [r, g, b].map((c) => c / 255).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)).reduce((sum, c, index) => sum + c * [0.2126, 0.7152, 0.0722][index], 0);
  const walker = document.createTreeWalker(document.querySelector('dialog[open]') ?? document.body, NodeFilter.SHOW_TEXT);
  const told = new Set();
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (walker.currentNode.data.trim() === '' || !isSeen(element) || /^(script|noscript|option)$/i.test(element.nodeName) || element.closest(':disabled')) {
      continue;
    }
    const style = getComputedStyle(element);
    const below = ground(element);
    const [light, dark] = [luminance(over(parse(style.color), below)), luminance(below)].sort((a, b) => b - a);
    const ratio = (light + 0.05) / (dark + 0.05);
    const size = parseFloat(style.fontSize);
    const needed = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700) ? 3 : 4.5;
    const flaw = `contrast ${ratio.toFixed(2)} of ${element.nodeName.toLowerCase()}.${element.className}`;
    if (ratio < needed && !told.has(flaw)) {
      told.add(flaw);
      flaws.push(`${flaw}: "${walker.currentNode.data.trim().slice(0, 40)}"`);
    }
  }

  // Nothing is wider than the screen.
  if (document.documentElement.scrollWidth > innerWidth) {
    const widest = [...document.querySelectorAll('main *')].filter((element) => element.getBoundingClientRect().right > innerWidth + 1).slice(0, 3).map(where);
    flaws.push(`wider than the screen by ${document.documentElement.scrollWidth - innerWidth}: ${widest.join(', ')}`);
  }
  return flaws;
}
