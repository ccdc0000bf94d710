// The newest probes of an address: a line of how long they took, and a strip of how they ended. The strip is one stop of
// the keyboard; the arrows move along it, and what is under them is told in the line below, as it is under the mouse.

import { h, svg } from './dom.js';
import { at, duration, moment, utc } from './time.js';

const SHOWN = 60;
const WIDTH = 600;
const HEIGHT = 36;

const WORDS = { pass: 'passed', fail: 'failed', inconclusive: 'said nothing' };

/** Which probe of a strip is being looked at, by the strip's key: the moment that it began. */
const looked = new Map();

/** The parts of one address, from its probes, oldest first. */
export function observationParts(key, label, observations) {
  const shown = observations.slice(-SHOWN);
  if (shown.length === 0) {
    return h('p', { class: 'small' }, 'Not probed yet.');
  }
  const chosen = shown.find((one) => one.at === looked.get(key)) ?? shown.at(-1);
  return h('div', { class: 'probes', 'data-key': `probes ${key}` },
    latencyLine(shown),
    strip(key, label, shown, chosen),
    h('p', { class: 'probe-told' }, told(chosen, chosen === shown.at(-1))));
}

/** One probe in words. */
function told(one, isNewest) {
  return [
    isNewest ? 'Newest: ' : '',
    at(one.at), ' ',
    h('strong', { class: `verdict ${one.verdict}` }, WORDS[one.verdict] ?? one.verdict),
    ` after ${duration(one.milliseconds / 1000)}`,
    one.isScheduled ? '' : ' (a confirmation)',
    one.reason ? `: ${one.reason}` : '',
  ];
}

function strip(key, label, shown, chosen) {
  const id = (index) => `probe-${key}-${index}`.replaceAll(/[^\w-]/g, '_');
  const counts = Object.keys(WORDS).map((verdict) => [verdict, shown.filter((one) => one.verdict === verdict).length]).filter(([, number]) => number > 0);
  return h('div', {
    class: 'strip', role: 'listbox', tabindex: '0', 'data-strip': key,
    'aria-label': `The last ${shown.length} probes of ${label}: ${counts.map(([verdict, number]) => `${number} ${WORDS[verdict]}`).join(', ')}`,
    'aria-activedescendant': id(shown.indexOf(chosen)),
    'aria-orientation': 'horizontal',
  }, shown.map((one, index) => h('span', {
    class: `probe ${one.verdict}${one.isScheduled ? '' : ' extra'}${one === chosen && looked.has(key) ? ' chosen' : ''}`,
    id: id(index), role: 'option', 'data-at': one.at,
    'aria-selected': one === chosen ? 'true' : 'false',
    'aria-label': `${moment(one.at)} ${WORDS[one.verdict] ?? one.verdict} after ${duration(one.milliseconds / 1000)}${one.reason ? `: ${one.reason}` : ''}`,
    title: `${moment(one.at)} (${utc(one.at)}) ${WORDS[one.verdict] ?? one.verdict}, ${duration(one.milliseconds / 1000)}${one.reason ? `: ${one.reason}` : ''}`,
  }, h('i', null))));
}

/** How long the probes that passed took; where one did not, the line is broken. */
function latencyLine(shown) {
  const passed = shown.filter((one) => one.verdict === 'pass').map((one) => one.milliseconds).sort((a, b) => a - b);
  if (passed.length === 0) {
    return null;
  }
  const top = Math.max(passed.at(-1), 1) * 1.08;
  const step = WIDTH / SHOWN; // each above its probe in the strip, the newest at the right
  const left = (SHOWN - shown.length) * step;
  const runs = [];
  shown.forEach((one, index) => {
    if (one.verdict !== 'pass') {
      runs.push([]);
      return;
    }
    if (runs.length === 0) {
      runs.push([]);
    }
    runs.at(-1).push([left + (index + 0.5) * step, HEIGHT - (one.milliseconds / top) * HEIGHT]);
  });
  const path = runs.filter((run) => run.length > 0).map((run) => run.length === 1
    ? `M${(run[0][0] - step / 3).toFixed(1)} ${run[0][1].toFixed(1)}h${(step / 1.5).toFixed(1)}`
    : `M${run.map(([x, y]) => `${x.toFixed(1)} ${y.toFixed(1)}`).join('L')}`).join('');
  const [median, slowest] = [passed[Math.floor(passed.length / 2)], passed.at(-1)];
  return h('div', { class: 'latency' },
    svg('svg', { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: 'none', 'aria-hidden': 'true', focusable: 'false' },
      svg('path', { d: path, class: 'latency-path', 'vector-effect': 'non-scaling-stroke' })),
    h('span', { class: 'small' }, `median ${duration(median / 1000)}, slowest ${duration(slowest / 1000)}`));
}

/** Makes every strip answer to mouse and keyboard. `repaint` shows what is looked at. */
export function watchStrips(root, repaint) {
  const look = (probe) => {
    const key = probe?.parentElement?.dataset.strip;
    if (key !== undefined && looked.get(key) !== probe.dataset.at) {
      looked.set(key, probe.dataset.at);
      repaint();
    }
  };
  const forget = (strip) => {
    if (looked.delete(strip.dataset.strip)) {
      repaint();
    }
  };
  root.addEventListener('mouseover', (event) => look(event.target.closest?.('.probe')));
  root.addEventListener('click', (event) => look(event.target.closest?.('.probe')));
  root.addEventListener('mouseout', (event) => {
    const strip = event.target.closest?.('.strip');
    if (strip && !strip.contains(event.relatedTarget) && strip !== document.activeElement) {
      forget(strip);
    }
  });
  root.addEventListener('focusout', (event) => {
    if (event.target.matches?.('.strip')) {
      forget(event.target);
    }
  });
  root.addEventListener('keydown', (event) => {
    const strip = event.target.matches?.('.strip') ? event.target : null;
    const probes = strip ? [...strip.children] : [];
    const current = probes.findIndex((probe) => probe.getAttribute('aria-selected') === 'true');
    const wanted = { ArrowLeft: current - 1, ArrowRight: current + 1, Home: 0, End: probes.length - 1 }[event.key];
    if (strip && wanted !== undefined) {
      event.preventDefault();
      look(probes[Math.min(Math.max(wanted, 0), probes.length - 1)]);
    }
  });
}
