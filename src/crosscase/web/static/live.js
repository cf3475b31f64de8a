// One WebSocket per tab: what happens in the study, from the place where this page left off.

import { meta } from "./dom.js";

/** @typedef {{verb: string, actor?: string, source?: string, coding?: any, refresh?: boolean, [key: string]: any}} News */

/** What the server closes with when the page is another person's. */
const OTHER = 4403;
const PAUSES = [250, 500, 1000, 2000, 5000];

export class Live {
  /**
   * @param {string} cursor where the page stands in the history; empty when it does not know
   * @param {string} source only what concerns this source; empty for everything
   * @param {{onNews: (news: News[]) => void, onStale: () => void, onState: (connected: boolean) => void, onOther?: () => void}} ears `onOther`: this browser works as somebody else now
   */
  constructor(cursor, source, ears) {
    this.cursor = cursor;
    this.source = source;
    this.ears = ears;
    this.tries = 0;
    /** @type {WebSocket | null} */
    this.socket = null;
    this.heard = 0;
    this.closed = false;
    this.connect();
    window.setInterval(() => this.beat(), 15000);
    window.addEventListener("online", () => this.connect());
    window.addEventListener("pagehide", () => { this.closed = true; this.socket?.close(); });
    window.addEventListener("pageshow", (event) => {
      // Out of the back-forward cache: the socket is gone.
      if (event.persisted) { this.closed = false; this.connect(); }
    });
  }

  connect() {
    if (this.closed || (this.socket && this.socket.readyState < WebSocket.CLOSING)) return;
    const socket = new WebSocket(new URL("/live", location.href.replace(/^http/, "ws")));
    this.socket = socket;
    socket.onopen = () => {
      this.tries = 0;
      this.heard = performance.now();
      socket.send(JSON.stringify({ cursor: this.cursor, source: this.source, coder: meta("coder") }));
      this.ears.onState(true);
    };
    socket.onmessage = (message) => {
      this.heard = performance.now();
      const said = JSON.parse(message.data);
      if (said.pong) return;
      const knew = this.cursor !== "";
      this.cursor = said.cursor;
      if (said.stale) { if (knew) this.ears.onStale(); }
      else if (said.events.length) this.ears.onNews(said.events);
    };
    socket.onclose = (event) => {
      if (this.socket !== socket) return;
      this.socket = null;
      this.ears.onState(false);
      if (event.code === OTHER) this.ears.onOther?.();
      if (this.closed) return;
      const pause = PAUSES[Math.min(this.tries++, PAUSES.length - 1)];
      window.setTimeout(() => this.connect(), pause);
    };
  }

  beat() {
    if (this.socket?.readyState !== WebSocket.OPEN) return;
    if (performance.now() - this.heard > 40000) this.socket.close();
    else this.socket.send("ping");
  }
}
