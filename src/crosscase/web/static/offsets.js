// Code points (what the study stores) and UTF-16 units (what the browser counts). The only place that converts.

/**
 * How many UTF-16 units the first `points` code points of a text take.
 * @param {string} text @param {number} points @returns {number}
 */
export function toUnits(text, points) {
  let units = 0;
  for (let n = 0; n < points && units < text.length; n++) {
    const unit = text.charCodeAt(units);
    const next = text.charCodeAt(units + 1);
    units += unit >= 0xd800 && unit < 0xdc00 && next >= 0xdc00 && next < 0xe000 ? 2 : 1;
  }
  return units;
}

/**
 * How many code points the first `units` UTF-16 units of a text hold; half a character counts as none.
 * @param {string} text @param {number} units @returns {number}
 */
export function toPoints(text, units) {
  let points = 0;
  let place = 0;
  while (place < units) {
    const unit = text.charCodeAt(place);
    const next = text.charCodeAt(place + 1);
    place += unit >= 0xd800 && unit < 0xdc00 && next >= 0xdc00 && next < 0xe000 ? 2 : 1;
    if (place <= units) points++;
  }
  return points;
}

/** Whether a text has no character outside the basic plane, so that both counts are the same. @param {string} text */
export function isPlain(text) {
  return !/[\ud800-\udfff]/.test(text);
}
