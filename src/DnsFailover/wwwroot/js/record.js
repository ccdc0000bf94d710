// The full record of a decision: what it rested on, what could have held it back, what was called, and who was told.

import { h } from './dom.js';
import { at, duration } from './time.js';
import { sentence } from './words.js';

/** All of it. */
export function recordParts(record, entry) {
  const change = record.change?.id === entry.id ? record.change : null;
  return h('div', { class: 'record' },
    change?.outcome ? part('Outcome', h('p', null, sentence(change.outcome))) : null,
    lines('Evidence, in UTC', record.evidence),
    lines('Guards', record.guards),
    record.steps.length > 0 ? part('Steps', h('ol', null, record.steps.map((step) => h('li', null, at(step.at), ` ${step.what}`, step.secondsAfter > 0 ? h('span', { class: 'small' }, ` (+${duration(step.secondsAfter)})`) : '')))) : null,
    record.records ? part('Records', h('pre', null, record.records)) : null,
    lines('Provider calls', record.calls),
    lines('In the way', record.inTheWay),
    record.overrides.length > 0 ? part('Said by operators', h('ul', null, record.overrides.map((said) => h('li', null, `${said.describes}, by ${said.actor}: “${said.reason}”, until `, at(said.until, { seconds: false }))))) : null,
    record.health.length > 0 ? part('Health then', h('ul', null, record.health.map((one) => h('li', null,
      h('strong', null, `${one.endpoint} `), h('code', null, one.value), ` ${one.status ?? 'not known'}`, one.since ? [' since ', at(one.since)] : '', one.why ? `: ${one.why}` : '', one.lastProbe ? h('span', { class: 'small' }, ' Last probe: ', one.lastProbe) : '')))) : null,
    record.alerts.length > 0 ? part('Told', h('ul', null, record.alerts.map((alert) => h('li', null, `${alert.channel}: ${alert.title} `, alert.sentAt ? [h('span', { class: 'small' }, 'sent '), at(alert.sentAt)] : h('span', { class: 'poor' }, alert.givenUp ? `given up: ${alert.givenUp}` : 'not sent yet'))))) : null,
    h('details', { 'data-key': `text ${entry.id}`, class: 'as-text' }, h('summary', null, 'As text, in UTC'), h('pre', { tabindex: '0' }, record.lines.join('\n'))));
}

const lines = (title, all) => (all.length > 0 ? part(title, h('ul', null, all.map((line) => h('li', null, line)))) : null);

const part = (title, content) => h('div', { class: 'record-part' }, h('h3', null, title), content);
