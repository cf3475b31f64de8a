// Changes on their way to the study. Each is kept in the browser until the study has it, in the order they were made;
// saying one twice does no harm, since each names what it makes.

import { announce, complain, meta, sentence } from "./dom.js";

/** @typedef {Record<string, any> & {verb: string, about?: string}} Change `about` says in words what it is about */
/** @typedef {{change: Change, told: (answer: any) => void, failed: (error: any) => void}} Waiting */

const RETRY = [300, 1000, 2000, 4000, 8000];

/** What a refusal is of: only a change that is refused itself is not tried again. */
const OF_THE_CHANGE = "change";

export class Queue {
  /** The queue of this page. @type {Queue | null} */
  static made = null;

  /** @param {{onState: (state: string, waiting: number) => void, onRefused: (change: Change, error: any) => void}} ears */
  constructor(ears) {
    Queue.made = this;
    this.ears = ears;
    this.prefix = `${prefix()}${meta("coder")}:`;
    /** The guard of the page; another one once the same person has come in again. */
    this.guard = meta("guard");
    this.team = meta("team") === "yes";
    /** Who works in this browser now, where that is somebody else. */
    this.other = "";
    /** @type {Map<string, Waiting>} */
    this.own = new Map();
    this.counter = 0;
    this.tries = 0;
    this.timer = 0;
    this.flushing = false;
    window.addEventListener("online", () => this.flush());
    document.addEventListener("visibilitychange", () => {
      // Whoever comes back from signing in in another tab is not kept waiting.
      if (document.visibilityState === "visible" && this.waiting) void this.flush();
    });
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

  /** What the bar says about it; empty for nothing. @param {string} state @param {number} n @returns {string} */
  words(state, n) {
    const kept = `${n} ${n === 1 ? "change is" : "changes are"} kept in this browser`;
    const me = meta("coder");
    if (state === "out" && this.team) return `Signed out; ${kept}. Sign in again in another tab: it is saved then.`;
    if (state === "out") return `Signed out; ${kept}. Open the address that the terminal shows: it is saved then.`;
    if (state === "other") {
      const page = me ? `This page is ${me}’s` : "This page was made for somebody who looks around";
      const said = `${page}, and this browser now works as ${this.other || "somebody who looks around"}`;
      if (!n) return `${said}: reload the page.`;
      return `${said}: ${kept} for ${me}, and saved when ${me} ${this.team ? "signs in" : "works"} here again.`;
    }
    if (state === "page") return `This page is out of date; ${kept}. Reload it: it is saved then.`;
    if (state === "offline") return `Not connected; ${kept} and will be saved.`;
    return state === "saved" ? "Saved" : state === "saving" && n ? "Saving" : "";
  }

  /** @param {string} state */
  tell(state) { this.ears.onState(state, this.waiting); }

  async flush() {
    if (this.flushing) return;
    this.flushing = true;
    window.clearTimeout(this.timer);
    let reached = true;
    const keys = this.keys();
    // The lock comes late: a change that nothing waits before goes ahead of it, and what other tabs make waits.
    const first = keys.length === 1 && this.own.has(keys[0]) ? drawn().then(() => this.one(keys[0])) : Promise.resolve(true);
    try {
      // One tab at a time, so that changes arrive in the order they were made.
      await navigator.locks.request(this.prefix, async () => {
        reached = await first;
        if (!reached) return;
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
        headers: { "content-type": "application/json", "x-crosscase-guard": this.guard },
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
    if (content.refused !== OF_THE_CHANGE) return this.wait(content.refused);
    // Refused for a reason: it would be refused again.
    this.done(key);
    own?.failed(content);
    // What an earlier page or another room made, nobody here waits for: say it all the same.
    if (!own) sayRefused(change, content);
    this.ears.onRefused(change, content);
    return true;
  }

  /** The change waits; whether it can go on at once. @param {string} of what was refused @returns {Promise<boolean>} */
  async wait(of) {
    if (of === "sign-in" || of === "door") {
      this.team = of === "sign-in"; // accounts may have begun since this page was made
      this.tell("out");
      return false;
    }
    if (of === "page") return this.look();
    this.tell("offline");
    return false;
  }

  /** Ask who works in this browser now; a page of the same person goes on with the guard of now. @returns {Promise<boolean>} */
  async look() {
    let answer;
    let who;
    try {
      answer = await fetch("/api/me");
      who = await answer.json();
    } catch {
      this.tell("offline");
      return false;
    }
    if (!answer.ok) return this.wait(who.refused === "page" ? "" : who.refused);
    if (who.coder !== meta("coder")) {
      this.other = who.coder;
      this.tell("other");
      return false;
    }
    const fresh = who.guard !== this.guard;
    this.guard = who.guard;
    if (!fresh) this.tell("page");
    return fresh;
  }

  /** @param {string} key */
  done(key) {
    this.own.delete(key);
    if (this.kept) localStorage.removeItem(key);
  }
}

/** Where this browser keeps what waits for this study. */
function prefix() { return `crosscase:${meta("study")}:`; }

/** What this browser keeps of other people for this study: how much, by coder. @returns {Map<string, number>} */
export function ofOthers() {
  /** @type {Map<string, number>} */
  const found = new Map();
  try {
    for (const key of Object.keys(localStorage)) {
      const coder = key.startsWith(prefix()) ? key.slice(prefix().length).split(":")[0] : "";
      if (coder && coder !== meta("coder")) found.set(coder, (found.get(coder) ?? 0) + 1);
    }
  } catch { /* a browser that keeps nothing */ }
  return found;
}

/** Say that a change could not be saved, which one, and why. @param {Change} change @param {any} error */
export function sayRefused(change, error) {
  const said = `Not saved: ${change.about ? `${change.about}: ` : ""}${sentence(error)}`;
  complain(said, true);
  announce(said);
}

/**
 * When what was coded is drawn: the study's work beside it would make the coder wait for the sight of it.
 * @returns {Promise<void>}
 */
function drawn() {
  return new Promise((told) => {
    const late = window.setTimeout(told, 100); // a page that nobody looks at draws nothing
    requestAnimationFrame(() => {
      window.clearTimeout(late);
      const painted = new MessageChannel();
      painted.port1.onmessage = () => told();
      painted.port2.postMessage(0);
    });
  });
}
