// The words and small parts that every view shares.

import { h } from './dom.js';

const STATES = {
  up: { word: 'Up', mark: '●' },
  degraded: { word: 'Degraded', mark: '▲' },
  down: { word: 'Down', mark: '✕' },
  unknown: { word: 'Unknown', mark: '?' },
};

/** The states of a service, the worst first. */
export const STATE_ORDER = ['down', 'degraded', 'unknown', 'up'];

/** The word for a state. */
export const stateWord = (state) => (STATES[state] ?? STATES.unknown).word;

/** A state, by colour, shape and word. */
export function stateBadge(state) {
  const { word, mark } = STATES[state] ?? STATES.unknown;
  return h('span', { class: `state ${STATES[state] ? state : 'unknown'}` }, h('span', { class: 'mark', 'aria-hidden': 'true' }, mark), word);
}

/** One of the states for the status of an endpoint, which says each address where they do not agree. */
export function endpointState(status) {
  const word = status.toLowerCase();
  return STATES[word] ? word : word.includes('down') ? 'degraded' : 'unknown';
}

/** An endpoint in a word: its state, its name, and whether traffic goes there. */
export function endpointChip({ name, status, isServed }) {
  const state = endpointState(status);
  return h('li', { class: `chip ${state}${isServed ? ' served' : ''}` },
    h('span', { class: 'mark', 'aria-hidden': 'true' }, STATES[state].mark),
    name,
    h('span', { class: 'unseen' }, ` is ${status}${isServed ? ', gets the traffic' : ''}`),
    isServed ? h('span', { class: 'arrow', 'aria-hidden': 'true', title: 'gets the traffic' }, '◀') : null);
}

/** A remark that wants to be seen. `tone`: info, warn or bad. */
export const notice = (tone, key, ...children) => h('div', { class: `notice ${tone}`, 'data-key': key }, ...children);

/** A small label. */
export const badge = (tone, ...children) => h('span', { class: `badge ${tone}` }, ...children);

/** 1 service, 2 services. */
export const count = (number, what) => `${number.toLocaleString()} ${number === 1 ? what : `${what}s`}`;

/** a, b and c. */
export const list = (words, join = 'and') => (words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} ${join} ${words.at(-1)}`);

/** With a capital. */
export const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);

/** A sentence of the daemon, which ends without a stop. It may begin with a name, so that it gets no capital. */
export const sentence = (text) => (/[.!?…]$/.test(text) ? text : `${text}.`);

/** A share of time. Never rounded up to 100 %. */
export function percent(share) {
  const known = share.up + share.down;
  if (known <= 0) {
    return '–';
  }
  const value = (share.up / known) * 100;
  return share.down === 0 ? '100 %' : `${(Math.floor(value * 100) / 100).toFixed(2)} %`;
}

/** How much of the time something worked, with how much of the time is known at all. */
export function uptimeFigure(label, share) {
  const known = share.up + share.down;
  const partly = known > 0 && share.unknown >= 0.01;
  const says = known <= 0 ? 'not known' : partly ? `known for ${known < 0.01 ? '<1' : Math.round(known * 100)} % of it` : null;
  return h('div', { class: 'figure' },
    h('dt', null, label),
    h('dd', null, h('span', { class: share.down > 0 ? 'number dented' : 'number' }, percent(share)), says ? h('span', { class: 'small' }, says) : null));
}

/** 24 h, 7 d and 30 d. */
export const uptimeFigures = (uptime) => uptime
  ? h('dl', { class: 'figures' }, uptimeFigure('24 h', uptime.day), uptimeFigure('7 days', uptime.week), uptimeFigure('30 days', uptime.month))
  : h('p', { class: 'small' }, 'No observations are kept, so there is no uptime.');
