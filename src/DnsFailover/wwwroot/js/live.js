// The stream of events. Read with fetch, since an EventSource cannot send a token.

import { address, headers } from './api.js';

const FIRST_WAIT = 1000;
const LONGEST_WAIT = 30_000;

/** The daemon says something at least every 15 s; a stream that is silent for so long is dead. */
const SILENCE = 40_000;

/** Splits text that comes in pieces into events. */
export class EventReader {
  #rest = '';
  #event = '';
  #data = [];
  #id = null;

  /** Takes a piece and gives the events that it completes. */
  *take(piece) {
    const lines = (this.#rest + piece).split('\n');
    this.#rest = lines.pop();
    for (const raw of lines) {
      const line = raw.endsWith('\r') ? raw.slice(0, -1) : raw;
      if (line === '') {
        if (this.#data.length > 0) {
          yield { type: this.#event || 'message', data: this.#data.join('\n'), id: this.#id };
        }
        this.#event = '';
        this.#data = [];
        continue;
      }
      const colon = line.indexOf(':');
      const field = colon < 0 ? line : line.slice(0, colon);
      const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
      if (field === 'event') {
        this.#event = value;
      } else if (field === 'data') {
        this.#data.push(value);
      } else if (field === 'id') {
        this.#id = value;
      }
    }
  }
}

/**
 * Follows the events behind a number and reconnects by itself, with growing pauses, where it left off.
 * `onEvent(type, data)`; `onState('live' | 'lost' | 'refused')`, 'lost' once for each attempt that failed.
 */
export class LiveStream {
  #stop = new AbortController();
  #wake = () => {};
  #after = null;
  #query;
  #onEvent;
  #onState;

  constructor({ after, query, onEvent, onState }) {
    this.#after = after ?? null;
    this.#query = query;
    this.#onEvent = onEvent;
    this.#onState = onState;
    this.#run();
  }

  /** Ends it. */
  close() {
    this.#stop.abort();
    this.#wake();
  }

  /** Tries at once, when the network is said to be back. */
  hurry() {
    this.#wake();
  }

  async #run() {
    let failures = 0;
    while (!this.#stop.signal.aborted) {
      try {
        await this.#follow(() => (failures = 0));
      } catch (error) {
        if (error.status === 401 || error.status === 403) {
          this.#tell('refused');
          return;
        }
      }
      if (this.#stop.signal.aborted) {
        return;
      }
      this.#tell('lost');
      failures++;
      await this.#pause(failures);
    }
  }

  async #follow(works) {
    const silence = new AbortController();
    let timer = setTimeout(() => silence.abort(), SILENCE);
    try {
      const response = await fetch(address('events', this.#query), {
        headers: headers(this.#after === null ? { Accept: 'text/event-stream' } : { Accept: 'text/event-stream', 'Last-Event-ID': String(this.#after) }),
        signal: AbortSignal.any([this.#stop.signal, silence.signal]),
        cache: 'no-store',
        credentials: 'same-origin',
        redirect: 'error',
      });
      if (!response.ok || !response.body) {
        await response.body?.cancel();
        throw Object.assign(new Error('refused'), { status: response.status });
      }
      this.#tell('live');
      works();
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
      const events = new EventReader();
      for (;;) {
        const { value, done } = await reader.read();
        if (done) {
          return;
        }
        clearTimeout(timer);
        timer = setTimeout(() => silence.abort(), SILENCE);
        for (const event of events.take(value)) {
          this.#after = event.id ?? this.#after;
          this.#take(event);
        }
      }
    } finally {
      clearTimeout(timer);
    }
  }

  #take({ type, data }) {
    if (this.#stop.signal.aborted) {
      return;
    }
    const document = JSON.parse(data);
    if (type === 'reset') {
      this.#after = document.lastEvent;
    }
    this.#onEvent(type, document);
  }

  #tell(state) {
    if (!this.#stop.signal.aborted) {
      this.#onState(state);
    }
  }

  /** Longer each time, and not in step with the other pages that have lost the same daemon. */
  #pause(failures) {
    const longest = Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** Math.min(failures - 1, 10));
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, longest * (0.5 + Math.random() / 2));
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
