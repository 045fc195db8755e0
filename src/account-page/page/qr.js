// A QR code, drawn here: no other host learns what is in it.
import { encode } from './uqr.js';

const SVG = 'http://www.w3.org/2000/svg';

/** What scanners want around a code, in modules. */
const QUIET_ZONE = 4;

/** @param {string} text */
export function qrCode(text) {
  const { data, size } = encode(text, { ecc: 'M', border: QUIET_ZONE });
  const dark = data.flatMap((row, y) =>
    row.map((isDark, x) => (isDark ? `M${x} ${y}h1v1h-1z` : '')),
  );
  const image = element('svg', { viewBox: `0 0 ${size} ${size}`, role: 'img', class: 'qr' });
  image.setAttribute('aria-label', 'QR code for your app');
  image.append(
    element('path', { fill: '#fff', d: `M0 0h${size}v${size}H0z` }),
    element('path', { fill: '#000', d: dark.join('') }),
  );
  return image;
}

/**
 * @param {string} name
 * @param {Record<string, string>} attributes
 */
function element(name, attributes) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}
