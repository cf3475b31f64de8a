// Where sentences begin and end, by the rules of Unicode that the browser knows.

const segmenter = new Intl.Segmenter(undefined, { granularity: "sentence" });

/**
 * The sentences of a text as spans of UTF-16 units, without the spaces after them.
 * @param {string} text @returns {[number, number][]}
 */
export function sentencesOf(text) {
  /** @type {[number, number][]} */
  const found = [];
  for (const { segment, index } of segmenter.segment(text)) {
    const words = segment.trimEnd();
    if (words.trim()) found.push([index + (words.length - words.trimStart().length), index + words.length]);
  }
  return found.length ? found : [[0, text.length]];
}
