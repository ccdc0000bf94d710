// One service: what it is answered with and why, what the daemon will do next, and everything that led here.

import { get, part } from './api.js';
import { h } from './dom.js';
import { endpointSection } from './endpoints.js';
import { History } from './history.js';
import { daemonNotices, overrideHeading, overrideLine } from './notices.js';
import { ago, at, countdown, duration, hearClock, now } from './time.js';
import { capital, list, notice, sentence, stateBadge, stateWord, uptimeFigures } from './words.js';

/** After an event: so many ms, so that several events cause one request. */
const SETTLE = 150;

/** While a drill is under way, which changes nothing that the stream tells of: every so many ms. */
const DRILLED = 1000;

/** Of each address, as many as the daemon keeps. */
const OBSERVATIONS_KEPT = 60;

export class ServiceView {
  #context;
  #name;
  #service = null;
  #daemon = null;
  #drills = null;
  #history;
  #fresh = new Map();
  #reload = 0;
  #shown = 50;

  constructor(context, name) {
    this.#context = context;
    this.#name = name;
    this.#history = new History(context, name);
  }

  /** The stream that it follows. */
  get streamQuery() {
    return { service: this.#name };
  }

  /** What the tab is called. */
  get title() {
    return this.#service ? `${{ down: '✕ ', degraded: '▲ ' }[this.#service.state] ?? ''}${this.#service.name} – dnsfailover` : `${this.#name} – dnsfailover`;
  }

  /** How many services there are; known as soon as the service is. */
  get counts() {
    return this.#service && this.#daemon?.counts;
  }

  /** What the dialogs ask about. */
  get service() {
    return this.#service;
  }

  async load() {
    const [all, service, drills] = await Promise.all([get('services', { limit: 1 }), get(`services/${part(this.#name)}`), get(`services/${part(this.#name)}/drills`), this.#history.load()]);
    hearClock(service.now);
    const former = this.#service;
    this.#daemon = all.daemon;
    this.#service = service;
    this.#drills = drills;
    for (const [key, target] of this.#targets()) {
      target.observations = merged(target.observations, this.#fresh.get(key) ?? []);
    }
    this.#tellDifference(former, service);
    this.#wakeAt(service);
    this.#context.repaint();
    return all.lastEvent;
  }

  /** Ends what it waits for. */
  leave() {
    clearTimeout(this.#reload);
    this.#reload = 0;
  }

  /** Takes an event of the stream. */
  event(type, data) {
    if (type === 'daemon') {
      this.#daemon = data;
    } else if (type === 'observation') {
      this.#observed(data);
    } else if (type === 'service' && data.name === this.#name) {
      this.#again(SETTLE);
    } else if (type === 'gone' && data.name === this.#name) {
      this.#context.leaveFor('#/', `${this.#name} is not declared any more.`);
    }
  }

  /** Shows all endpoints. */
  more() {
    this.#shown += 100;
    this.#context.repaint();
  }

  /** The timeline. */
  get history() {
    return this.#history;
  }

  #again(ms) {
    clearTimeout(this.#reload);
    this.#reload = setTimeout(() => this.#context.reload(), ms);
  }

  /** What time alone changes is loaded when it has changed. */
  #wakeAt(service) {
    const moments = [
      ...service.holdDowns.map((one) => one.endsAt),
      ...service.failbacks.map((one) => one.dueAt),
      ...service.overrides.map((one) => one.until),
      ...service.windows.flatMap((one) => [one.from, one.until]),
      ...service.decisions.map((one) => one.revisitAt),
    ].filter(Boolean).map((moment) => Date.parse(moment) - now()).filter((left) => left > 0);
    this.#again(Math.min(this.#drills.progress?.isUnderWay ? DRILLED : 60_000, ...moments.map((left) => left + 500)));
  }

  #tellDifference(former, service) {
    if (former && former.answeredWith !== service.answeredWith) {
      this.#context.announce(`${service.name} is answered with ${service.answeredWith} now`);
    } else if (former && former.state !== service.state) {
      this.#context.announce(`${service.name} is ${stateWord(service.state)} now`);
    }
  }

  #observed({ service, endpoint, type, value, observation }) {
    if (service !== this.#name) {
      return;
    }
    const key = `${endpoint} ${type} ${value}`;
    this.#fresh.set(key, merged(this.#fresh.get(key) ?? [], [observation]));
    const target = this.#targets().get(key);
    if (target) {
      target.observations = merged(target.observations, [observation]);
    }
  }

  #targets() {
    return new Map((this.#service?.endpoints ?? []).flatMap((endpoint) => endpoint.addresses.map((target) => [`${endpoint.name} ${target.type} ${target.value}`, target])));
  }

  render() {
    const service = this.#service;
    if (!service) {
      return h('div', null, h('p', { class: 'loading' }, 'Loading…'));
    }
    const { mayChange } = this.#context;
    return h('div', { class: 'view service', 'data-key': `service ${service.name}` },
      h('nav', { 'aria-label': 'Breadcrumb', class: 'crumbs' }, h('a', { href: '#/' }, 'All services')),
      h('div', { class: 'service-head' },
        h('h1', { tabindex: '-1' }, service.name, ' ', stateBadge(service.state)),
        mayChange ? actions(service) : null),
      h('p', { class: 'lead' }, 'Answered with ', h('strong', { class: 'value' }, service.answeredWith), service.lastSwitch ? [' since ', at(service.lastSwitch.at), ' (', ago(service.lastSwitch.at), ')'] : '', '.'),
      service.decisions.map((decision) => h('p', { class: 'why', 'data-key': `why ${decision.type}` },
        service.decisions.length > 1 ? `${decision.type}: ` : '', sentence(decision.reason), decision.next ? ` ${sentence(decision.next)}` : again(decision, service))),
      h('div', { class: 'notices', 'data-key': 'notices' }, this.#daemon ? daemonNotices(this.#daemon, mayChange) : null, drillNotice(this.#drills.progress), notices(service, mayChange)),
      h('section', { 'aria-labelledby': 'endpoints-heading', 'data-key': 'endpoints' },
        h('h2', { id: 'endpoints-heading' }, 'Endpoints'),
        h('ul', { class: 'endpoints' }, service.endpoints.slice(0, this.#shown).map((endpoint) => endpointSection(endpoint, service, mayChange))),
        service.endpoints.length > this.#shown ? h('button', { type: 'button', class: 'more', 'data-do': 'more' }, `Show ${Math.min(100, service.endpoints.length - this.#shown)} more of ${service.endpoints.length.toLocaleString()}`) : null),
      h('section', { 'aria-labelledby': 'switches-heading', 'data-key': 'switches' },
        h('h2', { id: 'switches-heading' }, 'Switches'),
        this.#history.render()),
      h('section', { 'aria-labelledby': 'uptime-heading', 'data-key': 'uptime' },
        h('h2', { id: 'uptime-heading' }, 'Uptime'),
        uptimeFigures(service.uptime)),
      planned(service, this.#drills.reports[0]),
      facts(service));
  }
}

/** Two lists of probes as one: each once, the oldest first. */
function merged(known, more) {
  const all = new Map([...known, ...more].map((one) => [`${one.at} ${one.isScheduled}`, one]));
  return [...all.values()].sort((a, b) => Date.parse(a.at) - Date.parse(b.at)).slice(-OBSERVATIONS_KEPT);
}

function actions(service) {
  const isFrozen = service.overrides.some((said) => said.kind === 'freeze' && said.service);
  const button = (kind, text) => h('button', { type: 'button', 'data-do': 'begin', 'data-kind': kind, 'data-service': service.name, class: kind === 'approve' ? 'wanted' : null }, text);
  return h('div', { class: 'actions', role: 'group', 'aria-label': `Take over ${service.name}` },
    service.failbacks.some((one) => one.needsApproval || one.isManual) ? button('approve', 'Approve failback…') : null,
    button('force', 'Force…'), button('drain', 'Drain…'), isFrozen ? null : button('freeze', 'Freeze…'));
}

/** What is in effect or coming soon. */
function notices(service, mayChange) {
  const shown = new Set(service.decisions.map((decision) => decision.reason));
  return [
    service.changes.map((change) => notice('info', `change ${change.provider}`,
      h('p', null, h('strong', null, `${capital(change.kind)} under way at ${change.provider}: `), `from ${change.from} to ${change.to}, ${change.stage}, begun `, ago(change.since), '.', change.trouble ? ` ${sentence(change.trouble)}` : ''))),
    service.overrides.filter((said) => said.service).map((said) => notice('warn', `override ${said.kind} ${said.endpoint ?? ''}`, h('p', null, h('strong', null, overrideHeading(said))), overrideLine(said, mayChange))),
    service.frozen && !service.overrides.some((said) => said.kind === 'freeze') ? notice('warn', 'frozen', h('p', null, h('strong', null, 'Held as it is: '), sentence(service.frozen))) : null,
    service.conditions.filter((condition) => !shown.has(condition.reason)).map((condition) => notice(condition.kind === 'alldown' ? 'bad' : 'warn', `condition ${condition.kind} ${condition.since}`,
      h('p', null, sentence(condition.reason), ' ', h('span', { class: 'small' }, 'Since ', at(condition.since), ' (', ago(condition.since), ').')))),
    service.failbacks.map((failback) => notice('info', `failback ${failback.type}`, failbackText(failback, service))),
    service.holdDowns.map((hold) => notice('info', `hold ${hold.type}`,
      h('p', null, h('strong', null, 'Hold-down: '), `the next switch${several(service) ? ` of ${hold.type}` : ''} waits `, countdown(hold.endsAt, 'no longer'), ', since the name was moved ', ago(hold.switchedAt), '.'))),
  ];
}

function failbackText(failback, service) {
  const to = `Failback to ${list(failback.endpoints)}${several(service) ? ` (${failback.type})` : ''}`;
  const isDue = Date.parse(failback.dueAt) <= now();
  if (failback.isManual) {
    return h('p', null, h('strong', null, `${to}: `), 'it works again, and does not get the traffic back by itself. Approve the failback when you want it.');
  }
  if (failback.needsApproval) {
    return h('p', null, h('strong', null, `${to} waits for your approval. `), isDue ? 'It has been up for long enough.' : ['It has been up long enough in ', countdown(failback.dueAt, 'a moment'), ` (${failback.delay}).`]);
  }
  return isDue
    ? h('p', null, h('strong', null, `${to} is due. `), 'It waits for what the sentence above says.')
    : h('p', null, h('strong', null, `${to} in `, countdown(failback.dueAt, 'a moment'), '. '), `It works again, and is watched first for ${failback.delay}.`);
}

/** When time alone can change what is decided; the way back has a countdown of its own. */
const again = (decision, service) => (decision.revisitAt && Date.parse(decision.revisitAt) > now() && !service.failbacks.some((one) => one.type === decision.type) ? [' It is decided again in ', countdown(decision.revisitAt, 'a moment'), '.'] : '');

/** A drill that goes on: on the service itself it has moved users. */
const drillNotice = (progress) => progress?.isUnderWay ? notice('info', 'drill',
  h('p', null, h('strong', null, `Drill ${progress.number} is under way. `), progress.lines.length > 0 ? sentence(capital(progress.lines.at(-1).replace(/^\+(?:[<\d.]+ (?:ms|s|min|h|d) )+/, ''))) : 'It has just begun.'),
  h('details', { 'data-key': `drill ${progress.number}`, class: 'as-text' }, h('summary', null, 'What it did so far'), h('pre', { tabindex: '0' }, progress.lines.join('\n')))) : null;

/** Each step of a drill, against what is promised. */
const drillSteps = (report) => h('details', { 'data-key': `drill report ${report.number}`, class: 'as-text' },
  h('summary', null, `Each step of drill ${report.number}`),
  h('ul', null, report.phases.map((phase) => h('li', null,
    h('strong', { class: phase.ok ? 'good' : 'poor' }, phase.ok ? '✓ ' : '✕ ', phase.what), phase.where ? ` at ${phase.where}` : '',
    typeof phase.seconds === 'number' ? ` ${duration(phase.seconds)}` : ' not done', typeof phase.boundSeconds === 'number' ? ` of at most ${duration(phase.boundSeconds)}` : '', ': ', sentence(phase.says)))));

const several = (service) => new Set(service.decisions.map((decision) => decision.type)).size > 1;

function planned(service, report) {
  const drill = service.drill;
  if (service.windows.length === 0 && !drill && !service.nextDrillAt) {
    return null;
  }
  return h('section', { 'aria-labelledby': 'planned-heading', 'data-key': 'planned' },
    h('h2', { id: 'planned-heading' }, 'Planned, and drills'),
    h('ul', { class: 'plain' },
      service.windows.map((window) => h('li', null,
        h('strong', null, window.kind === 'failback' ? 'Failback allowed' : window.endpoint ? `Maintenance of ${window.endpoint}` : 'Maintenance, held as it is'), ' ',
        window.inEffect ? ['now, until ', at(window.until, { seconds: false }), ' (', countdown(window.until, 'over'), ' left)'] : ['from ', at(window.from, { seconds: false }), ' to ', at(window.until, { seconds: false }), ' (in ', countdown(window.from, 'a moment'), ')'],
        `: ${window.reason} `, h('span', { class: 'small' }, `(${window.schedule}, ${window.timeZone})`))),
      drill ? h('li', null, h('strong', { class: drill.passed ? 'good' : 'poor' }, drill.passed ? '✓ The last drill passed' : '✕ The last drill failed'), ' ', at(drill.at), ' (', ago(drill.at), '): ', sentence(drill.says), drill.isOverdue ? h('strong', { class: 'poor' }, ' The next one is overdue.') : '', !drill.passed && report?.next ? ` ${sentence(report.next)}` : '', report?.phases.length > 0 ? drillSteps(report) : '') : null,
      service.nextDrillAt ? h('li', null, h('strong', null, 'Next drill'), ' ', at(service.nextDrillAt, { seconds: false }), ' (in ', countdown(service.nextDrillAt, 'a moment'), ')') : null));
}

function facts(service) {
  const { bound } = service;
  return h('section', { 'aria-labelledby': 'facts-heading', 'data-key': 'facts' },
    h('h2', { id: 'facts-heading' }, 'Records'),
    h('ul', { class: 'plain' },
      service.answer.map((value) => h('li', null, h('code', null, `${value.type} ${value.value}`), value.endpoint ? ` ${value.endpoint}` : h('strong', { class: 'poor' }, ' no endpoint declares it'), value.weight !== null && value.weight !== undefined ? `, weight ${value.weight}` : '')),
      service.providers.map((provider) => h('li', null, h('strong', null, provider.name), service.providers.length > 1 && provider.leads ? ' (leads)' : '', ': ', provider.readAt ? ['records read ', ago(provider.readAt)] : 'records not known', provider.trouble ? h('span', { class: 'poor' }, `. ${sentence(provider.trouble)}`) : '', provider.drift ? h('span', { class: 'poor' }, `. Changed by somebody else: ${provider.drift}`) : '')),
      h('li', null, `Policy ${service.policy}, `, service.ttlSeconds ? `TTL ${duration(service.ttlSeconds)}` : 'TTL as the provider has it')),
    bound ? h('p', { class: 'small' }, `A failure lasts ${duration(bound.toAnswerSeconds)} at the most until the name servers answer another endpoint (detect ${duration(bound.detectionSeconds)}, decide ${duration(bound.decisionSeconds)}, write ${duration(bound.writeSeconds)})${bound.toClientsSeconds ? `, and ${duration(bound.toClientsSeconds)} until the last resolver has it` : ''}${bound.holdDownSeconds > 0 ? `; when the name has just been moved, it first waits for the hold-down of ${duration(bound.holdDownSeconds)}` : ''}.`) : null);
}
