// Elements are made from data here and nowhere else. Data only ever becomes text or the value of an attribute: a reason
// that an endpoint's reply was quoted in can hold markup, and must be shown, not obeyed.

const SVG = 'http://www.w3.org/2000/svg';

/** Makes an HTML element. Attributes that are null or false are left out. */
export function h(tag, attributes, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

/** Makes an SVG element. */
export function svg(tag, attributes, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (name.startsWith('on') || name === 'style') {
      throw new Error(`${name} is not set from here`); // the content security policy forbids it, too
    }
    if (value !== null && value !== undefined && value !== false) {
      element.setAttribute(name, value === true ? '' : String(value));
    }
  }
  append(element, children);
  return element;
}

function append(element, children) {
  for (const child of children) {
    if (Array.isArray(child)) {
      append(element, child);
    } else if (child instanceof Node) {
      element.append(child);
    } else if (child !== null && child !== undefined && child !== false && child !== '') {
      element.append(String(child));
    }
  }
}

/**
 * Turns what is shown into what was made anew with as few changes as possible, so that the focus, a selection, what is
 * unfolded and what is typed survive an update. Elements with data-key are recognised by it; below one with data-keep
 * nothing is touched.
 */
export function morph(live, fresh) {
  if (live.nodeType !== fresh.nodeType || live.nodeName !== fresh.nodeName || keyOf(live) !== keyOf(fresh)) {
    live.replaceWith(fresh);
    return fresh;
  }
  if (live.nodeType !== Node.ELEMENT_NODE) {
    if (live.data !== fresh.data) {
      live.data = fresh.data;
    }
    return live;
  }
  morphAttributes(live, fresh);
  if (!live.hasAttribute('data-keep')) {
    morphChildren(live, fresh);
  }
  return live;
}

/** As above, for the children alone. */
export function morphChildren(live, fresh) {
  const keyed = new Map();
  for (const child of live.childNodes) {
    const key = keyOf(child);
    if (key !== null) {
      keyed.set(key, child);
    }
  }
  const wantedKeys = new Set([...fresh.childNodes].map(keyOf));
  let next = live.firstChild;
  for (const wanted of [...fresh.childNodes]) {
    const key = keyOf(wanted);
    while (next && keyOf(next) !== null && !wantedKeys.has(keyOf(next))) {
      next = removed(next); // first, so that what stays need not be moved, which would take the focus from it
    }
    if (key !== null) {
      const known = keyed.get(key);
      keyed.delete(key);
      if (!known) {
        live.insertBefore(wanted, next);
      } else {
        if (known === next) {
          next = next.nextSibling;
        } else {
          live.insertBefore(known, next);
        }
        morph(known, wanted);
      }
    } else if (next && keyOf(next) === null) {
      const after = next.nextSibling;
      morph(next, wanted);
      next = after;
    } else {
      live.insertBefore(wanted, next);
    }
  }
  while (next) {
    next = removed(next);
  }
}

function removed(node) {
  const after = node.nextSibling;
  node.remove();
  return after;
}

function morphAttributes(live, fresh) {
  for (const { name } of [...live.attributes]) {
    if (!fresh.hasAttribute(name) && !(name === 'open' && live.nodeName === 'DETAILS')) {
      live.removeAttribute(name);
    }
  }
  for (const { name, value } of [...fresh.attributes]) {
    if (live.getAttribute(name) !== value) {
      live.setAttribute(name, value);
    }
  }
}

function keyOf(node) {
  return node.nodeType === Node.ELEMENT_NODE ? node.getAttribute('data-key') : null;
}
