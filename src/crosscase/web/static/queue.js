// Changes on their way to the study. Each is kept in the browser until the study has it, in the order they were made;
// saying one twice does no harm, since each names what it makes.

import { announce, complain, meta, sentence } from "./dom.js";

/** @typedef {Record<string, any> & {verb: string, about?: string}} Change `about` says in words what it is about */
/** @typedef {{change: Change, told: (answer: any) => void, failed: (error: any) => void}} Waiting */

const RETRY = [300, 1000, 2000, 4000, 8000];

export class Queue {
  /** @param {{onState: (state: string, waiting: number) => void, onRefused: (change: Change, error: any) => void}} ears */
  constructor(ears) {
    this.ears = ears;
    this.prefix = `crosscase:${meta("study")}:${meta("coder")}:`;
    /** @type {Map<string, Waiting>} */
    this.own = new Map();
    this.counter = 0;
    this.tries = 0;
    this.timer = 0;
    this.flushing = false;
    window.addEventListener("online", () => this.flush());
    window.addEventListener("beforeunload", (event) => {
      // What waits is kept and sent at the next visit; only the browser's own store can lose it.
      if (!this.kept && this.own.size) event.preventDefault();
    });
    this.kept = this.canKeep();
    // What an earlier page could not send.
    if (this.keys().length) this.flush();
  }

  canKeep() {
    try {
      localStorage.setItem("crosscase:test", "1");
      localStorage.removeItem("crosscase:test");
      return true;
    } catch {
      return false;
    }
  }

  /** @returns {string[]} */
  keys() {
    if (!this.kept) return [...this.own.keys()];
    return Object.keys(localStorage).filter((key) => key.startsWith(this.prefix)).sort();
  }

  get waiting() { return this.keys().length; }

  /** Send a change, now or when the study can be reached. @param {Change} change @returns {Promise<any>} */
  send(change) {
    const order = `${String(Date.now()).padStart(15, "0")}.${String(this.counter++).padStart(6, "0")}`;
    const key = `${this.prefix}${order}.${Math.random().toString(36).slice(2, 8)}`;
    return new Promise((told, failed) => {
      this.own.set(key, { change, told, failed });
      if (this.kept) localStorage.setItem(key, JSON.stringify(change));
      this.tell("saving");
      this.flush();
    });
  }

  /** @param {string} state */
  tell(state) { this.ears.onState(state, this.waiting); }

  async flush() {
    if (this.flushing) return;
    this.flushing = true;
    window.clearTimeout(this.timer);
    let reached = true;
    try {
      // One tab at a time, so that changes arrive in the order they were made.
      await navigator.locks.request(this.prefix, async () => {
        for (let keys = this.keys(); keys.length; keys = this.keys()) {
          reached = await this.one(keys[0]);
          if (!reached) return;
        }
      });
    } finally {
      this.flushing = false;
    }
    if (this.waiting && reached) void this.flush();
    else if (this.waiting) {
      const pause = RETRY[Math.min(this.tries++, RETRY.length - 1)];
      this.timer = window.setTimeout(() => this.flush(), pause);
    } else {
      this.tries = 0;
      this.tell("saved");
      for (const [key, { told }] of this.own) {
        // Another tab has sent it.
        this.own.delete(key);
        told({});
      }
    }
  }

  /** Send the change under this key; false when the study cannot be reached. @param {string} key */
  async one(key) {
    const own = this.own.get(key);
    const change = own?.change ?? JSON.parse(localStorage.getItem(key) ?? "null");
    if (!change) {
      this.done(key);
      return true;
    }
    let answer;
    let content;
    try {
      answer = await fetch("/api/changes", {
        method: "POST",
        headers: { "content-type": "application/json", "x-crosscase-guard": meta("guard") },
        body: JSON.stringify(change),
      });
      content = await answer.json();
    } catch {
      this.tell("offline");
      return false;
    }
    if (answer.ok) {
      this.done(key);
      this.tries = 0;
      own?.told(content);
      return true;
    }
    if (answer.status === 401 || answer.status >= 500) {
      this.tell(answer.status === 401 ? "out" : "offline");
      return false;
    }
    // Refused for a reason: it would be refused again.
    this.done(key);
    own?.failed(content);
    // What an earlier page or another room made, nobody here waits for: say it all the same.
    if (!own) sayRefused(change, content);
    this.ears.onRefused(change, content);
    return true;
  }

  /** @param {string} key */
  done(key) {
    this.own.delete(key);
    if (this.kept) localStorage.removeItem(key);
  }
}

/** Say that a change could not be saved, which one, and why. @param {Change} change @param {any} error */
export function sayRefused(change, error) {
  const said = `Not saved: ${change.about ? `${change.about}: ` : ""}${sentence(error)}`;
  complain(said, true);
  announce(said);
}
