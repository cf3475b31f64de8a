// The text on the page: blocks, and the way between places in the study (code points) and places in the document.

import { isPlain, toPoints, toUnits } from "./offsets.js";
import { sentencesOf } from "./sentences.js";

/** One block: a turn, a paragraph or an aside. */
export class Block {
  /** @param {HTMLElement} element @param {number} index */
  constructor(element, index) {
    this.element = element;
    this.index = index;
    this.start = Number(element.dataset.start);
    this.end = Number(element.dataset.end);
    this.said = /** @type {HTMLElement} */ (element.querySelector(".said"));
    this.stripes = /** @type {HTMLElement} */ (element.querySelector(".stripes"));
    this.node = /** @type {Text} */ (this.said.firstChild);
    /** @type {boolean | null} */
    this._plain = null;
    /** @type {[number, number][] | null} */
    this._sentences = null;
  }

  get text() { return this.node.data; }

  get plain() {
    if (this._plain === null) this._plain = isPlain(this.text);
    return this._plain;
  }

  get speaker() { return this.element.querySelector(".speaker")?.textContent ?? ""; }

  /** Place in the text node of a place in the study. @param {number} point */
  units(point) {
    const inside = Math.min(Math.max(point - this.start, 0), this.end - this.start);
    return this.plain ? inside : toUnits(this.text, inside);
  }

  /** Place in the study of a place in the text node. @param {number} units */
  point(units) {
    return this.start + (this.plain ? units : toPoints(this.text, units));
  }

  /** Sentences as places in the study. @returns {[number, number][]} */
  get sentences() {
    if (this._sentences === null) {
      this._sentences = sentencesOf(this.text).map(([a, b]) => [this.point(a), this.point(b)]);
    }
    return this._sentences;
  }
}

/** The whole text. */
export class SourceText {
  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root;
    /** @type {Block[]} */
    this.blocks = [...root.querySelectorAll(".block")].map(
      (element, index) => new Block(/** @type {HTMLElement} */ (element), index));
    this.byElement = new Map(this.blocks.map((block) => [block.element, block]));
  }

  /** The block that holds a place, or the next one. @param {number} point */
  at(point) {
    let low = 0;
    let high = this.blocks.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.blocks[middle].end <= point) low = middle + 1;
      else high = middle;
    }
    return this.blocks[low];
  }

  /** Blocks that a passage touches. @param {number} start @param {number} end */
  within(start, end) {
    const found = [];
    for (let i = this.at(start).index; i < this.blocks.length && this.blocks[i].start < end; i++) {
      if (this.blocks[i].end > start) found.push(this.blocks[i]);
    }
    return found;
  }

  /** The words of a passage as the page shows them. @param {number} start @param {number} end */
  words(start, end) {
    return this.within(start, end)
      .map((block) => block.text.slice(block.units(start), block.units(end)))
      .join(" ");
  }

  /** A passage of one block as a range. @param {Block} block @param {number} start @param {number} end */
  range(block, start, end) {
    return new StaticRange({
      startContainer: block.node,
      startOffset: block.units(Math.max(start, block.start)),
      endContainer: block.node,
      endOffset: block.units(Math.min(end, block.end)),
    });
  }

  /**
   * The place of a point in the document; `null` outside the text.
   * @param {Node} node @param {number} offset @returns {number | null}
   */
  point(node, offset) {
    const element = node instanceof Element ? node : node.parentElement;
    const holder = element?.closest(".block");
    if (!holder) return null;
    const block = this.byElement.get(/** @type {HTMLElement} */ (holder));
    if (!block) return null;
    if (node === block.node) return block.point(offset);
    if (node === block.said) return offset === 0 ? block.start : block.end;
    // In the margin: before or after the words.
    const order = block.said.compareDocumentPosition(node);
    return order & Node.DOCUMENT_POSITION_PRECEDING ? block.start : block.end;
  }

  /** The sentence at a place, as block and number. @param {number} point @returns {{block: Block, number: number}} */
  sentenceAt(point) {
    const block = this.at(point);
    const number = block.sentences.findIndex(([, end]) => point < end);
    return { block, number: number < 0 ? block.sentences.length - 1 : number };
  }
}
