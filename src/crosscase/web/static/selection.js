// Where the coder is: a passage of the text, moved by keys, mouse or touch.

/** @typedef {{start: number, end: number}} Passage */

export class Cursor {
  /**
   * @param {import("./model.js").SourceText} text
   * @param {(passage: Passage, how: "move" | "extend" | "mouse") => void} onMove
   */
  constructor(text, onMove) {
    this.text = text;
    this.onMove = onMove;
    const first = text.blocks[0];
    /** @type {Passage} */
    this.anchor = first ? { start: first.sentences[0][0], end: first.sentences[0][1] } : { start: 0, end: 0 };
    /** @type {Passage} */
    this.head = this.anchor;
    /** Whether the passage is what the browser has selected. */
    this.taken = false;
    document.addEventListener("selectionchange", () => this.fromMouse());
  }

  /** The passage between anchor and head. @returns {Passage} */
  get passage() {
    return { start: Math.min(this.anchor.start, this.head.start), end: Math.max(this.anchor.end, this.head.end) };
  }

  get block() { return this.text.at(this.head.start); }

  /** Whether text is selected with the mouse (or as the browser does it by keys), and not by the motions here. */
  get selected() {
    const selection = window.getSelection();
    return this.taken && selection !== null && !selection.isCollapsed && this.text.root.contains(selection.anchorNode);
  }

  /** Where a step begins: behind the end of what was selected, or before its beginning. @param {number} step */
  edge(step) { return step > 0 ? Math.max(this.head.start, this.head.end - 1) : this.head.start; }

  /** @param {Passage} passage @param {boolean} extend */
  go(passage, extend) {
    this.head = passage;
    if (!extend) this.anchor = passage;
    window.getSelection()?.removeAllRanges();
    this.onMove(this.passage, extend ? "extend" : "move");
  }

  /** Next (1) or previous (−1) sentence. @param {number} step @param {boolean} extend */
  sentence(step, extend) {
    const { block, number } = this.text.sentenceAt(this.edge(step));
    const beside = block.sentences[number + step];
    if (beside) { this.go({ start: beside[0], end: beside[1] }, extend); return; }
    const next = this.text.blocks[block.index + step];
    if (!next) return;
    const [start, end] = step > 0 ? next.sentences[0] : next.sentences[next.sentences.length - 1];
    this.go({ start, end }, extend);
  }

  /** Next or previous turn: its first sentence, or the whole of it when extending. @param {number} step @param {boolean} extend */
  turn(step, extend) {
    const next = this.text.blocks[this.text.at(this.edge(step)).index + step];
    if (!next) return;
    if (extend) { this.go({ start: next.start, end: next.end }, true); return; }
    const [start, end] = next.sentences[0];
    this.go({ start, end }, false);
  }

  /** All of the turn that the cursor is in. */
  whole() {
    const block = this.block;
    this.anchor = { start: block.start, end: block.end };
    this.go(this.anchor, false);
  }

  fromMouse() {
    const selection = window.getSelection();
    this.taken = false;
    if (!selection || !selection.rangeCount) return;
    const range = selection.getRangeAt(0);
    if (!this.text.root.contains(range.commonAncestorContainer)) return;
    let start = this.text.point(range.startContainer, range.startOffset);
    let end = this.text.point(range.endContainer, range.endOffset);
    if (start === null || end === null) return;
    if (selection.isCollapsed) {
      // A click: the sentence that was clicked, without a selection of its own.
      const { block, number } = this.text.sentenceAt(start);
      [start, end] = block.sentences[number];
    } else {
      ({ start, end } = this.trim(start, end));
      if (end <= start) return;
      this.taken = true;
    }
    this.anchor = { start, end };
    this.head = this.anchor;
    this.onMove(this.passage, "mouse");
  }

  /** A passage without the spaces at its ends. @param {number} start @param {number} end @returns {Passage} */
  trim(start, end) {
    const blocks = this.text.within(start, end);
    if (!blocks.length) return { start, end };
    const first = blocks[0];
    const last = blocks[blocks.length - 1];
    const head = first.text.slice(first.units(start), first.units(end));
    const tail = last.text.slice(last.units(start), last.units(end));
    const from = Math.max(start, first.start) + (head.length - head.trimStart().length);
    const to = Math.min(end, last.end) - (tail.length - tail.trimEnd().length);
    return { start: from, end: to };
  }
}
