// Times are shown in the reader's zone, with UTC beside them on hover. What is relative ticks, by the daemon's clock: the
// reader's may be wrong, and a countdown must end when the daemon acts.

import { h } from './dom.js';

let offset = 0;

/** Takes the daemon's time from a document that has just come in. */
export function hearClock(iso) {
  const heard = Date.parse(iso) - Date.now();
  // A document is as old as its way here, so that a small difference says nothing.
  if (Math.abs(heard - offset) > 1500) {
    offset = heard;
  }
}

/** The daemon's time in ms. */
export const now = () => Date.now() + offset;

const clockFormat = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' });
const minuteFormat = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
const dayFormat = new Intl.DateTimeFormat(undefined, { weekday: 'short', day: 'numeric', month: 'short' });
const yearFormat = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short', year: 'numeric' });

/** The moment in UTC: 2026-03-01 14:00:07 UTC. */
export const utc = (time) => `${new Date(time).toISOString().slice(0, 19).replace('T', ' ')} UTC`;

/** The moment as text: 14:00:07 today, Sun 1 Mar 14:00 on another day. */
export function moment(time, { seconds = true } = {}) {
  const at = new Date(time);
  const today = new Date(now());
  const clock = (seconds ? clockFormat : minuteFormat).format(at);
  if (at.toDateString() === today.toDateString()) {
    return clock;
  }
  const far = Math.abs(at - today) > 180 * 86_400_000;
  return `${(far ? yearFormat : dayFormat).format(at)} ${minuteFormat.format(at)}`;
}

/** A moment. */
export const at = (iso, options) => h('time', { datetime: iso, title: utc(iso) }, moment(iso, options));

/** A moment as it recedes: 3 min ago. */
export const ago = (iso) => h('time', { datetime: iso, title: utc(iso), 'data-ago': iso }, agoText(iso));

/** What is left until a moment, and then what comes of it. */
export const countdown = (iso, then) => h('time', { datetime: iso, title: utc(iso), 'data-until': iso, 'data-then': then }, untilText(iso, then));

const agoText = (iso) => {
  const seconds = (now() - Date.parse(iso)) / 1000;
  return seconds < 1 ? 'just now' : `${coarse(seconds)} ago`;
};

const untilText = (iso, then) => {
  const seconds = Math.ceil((Date.parse(iso) - now()) / 1000);
  return seconds <= 0 ? then : coarse(seconds, true);
};

/** A length of time in whole seconds and up; the smaller unit only where it says something. */
function coarse(seconds, exact = false) {
  const whole = Math.floor(seconds);
  if (whole < 60) {
    return `${whole} s`;
  }
  if (whole < 3600) {
    return whole < 120 || exact ? pair(Math.floor(whole / 60), 'min', whole % 60, 's', exact) : `${Math.floor(whole / 60)} min`;
  }
  return whole < 86_400 ? pair(Math.floor(whole / 3600), 'h', Math.floor(whole / 60) % 60, 'min') : pair(Math.floor(whole / 86_400), 'd', Math.floor(whole / 3600) % 24, 'h');
}

const pair = (large, unit, small, smaller, always = false) => (small === 0 && !always ? `${large} ${unit}` : `${large} ${unit} ${small} ${smaller}`);

/** A measured length of time: 0.7 ms, 40 ms, 2.1 s, 3 min 12 s. */
export function duration(seconds) {
  const ms = seconds * 1000;
  if (ms < 1000) {
    return ms > 0 && ms < 0.1 ? '<0.1 ms' : `${ms < 10 ? trim(ms, 1) : Math.round(ms)} ms`;
  }
  return seconds < 60 ? `${trim(seconds, seconds < 10 ? 2 : 1)} s` : coarse(Math.round(seconds));
}

const trim = (number, digits) => String(Number(number.toFixed(digits)));

/** Lets everything that is relative go on. */
export function tick(root = document) {
  for (const element of root.querySelectorAll('[data-ago]')) {
    put(element, agoText(element.dataset.ago));
  }
  for (const element of root.querySelectorAll('[data-until]')) {
    put(element, untilText(element.dataset.until, element.dataset.then));
  }
}

function put(element, text) {
  if (element.textContent !== text) {
    element.textContent = text;
  }
}
