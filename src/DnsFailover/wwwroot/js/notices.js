// What wants to be seen first, above everything else.

import { h } from './dom.js';
import { ago, at, countdown } from './time.js';
import { capital, notice, sentence } from './words.js';

/** What holds for the daemon as a whole. */
export function daemonNotices(daemon, mayChange) {
  return [
    daemon.network && notice('bad', 'network',
      h('p', null, h('strong', null, 'Nothing is written for any service: our own network is the likely fault.')),
      h('p', null, sentence(daemon.network.reason), ' Since ', at(daemon.network.since), ' (', ago(daemon.network.since), ').')),
    daemon.frozen && notice('warn', 'frozen all',
      h('p', null, h('strong', null, 'Nothing is written for any service, whatever fails: everything is frozen.')),
      overrideLine(daemon.frozen, mayChange)),
    daemon.journal && notice('bad', 'journal',
      h('p', null, h('strong', null, 'Nothing is written for any service: what happens cannot be recorded.')),
      h('p', null, sentence(daemon.journal))),
    daemon.configurationRejected && notice('warn', 'configuration',
      h('p', null, h('strong', null, 'The configuration file is not valid; the last good one stays in effect.')),
      h('pre', null, daemon.configurationRejected)),
  ];
}

/** Who said something, why and how long it holds, with the button that ends it. */
export function overrideLine(said, mayChange) {
  return h('p', null,
    `${said.actor}, `, at(said.since), `: “${said.reason}”. Ends by itself in `, countdown(said.until, 'a moment'), ' (', at(said.until, { seconds: false }), ').',
    mayChange ? [' ', h('button', {
      type: 'button', class: 'small-button', 'data-do': 'end', 'data-kind': said.kind, 'data-service': said.service, 'data-endpoint': said.endpoint,
    }, END_WORDS[said.kind] ?? 'End', h('span', { class: 'unseen' }, ` ${said.endpoint ?? ''} ${said.service ?? 'all services'}`))] : null);
}

const END_WORDS = { force: 'Release…', drain: 'Undrain…', freeze: 'Thaw…', approve: 'Withdraw approval…' };

/** What an override means, as a heading. */
export const overrideHeading = (said) => ({
  force: `Forced to ${said.endpoint}, whatever its health: nothing fails over meanwhile.`,
  drain: `${said.endpoint} is drained: it gets no traffic as long as another endpoint works.`,
  freeze: 'Frozen: nothing is written, whatever fails.',
  approve: 'The failback is approved.',
})[said.kind] ?? capital(said.describes);
