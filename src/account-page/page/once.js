// What is shown this once: a new key, recovery codes. It is copied, and then gone from the page.
import { byId, inputById, onClick, say, warn } from './screen.js';

/**
 * @param {string} box the element that is there as long as the text is
 * @param {string} field where the text is
 * @param {{ copy: string, hide: string, copied: string, heading: string }} ids of the buttons, what is said when it
 *   was copied, and what gets the focus when it is hidden
 * @returns {{ reveal(text: string): void, clear(): void, text(): string }}
 */
export function shownOnce(box, field, { copy, hide, copied, heading }) {
  const place = inputById(field);
  const clear = () => {
    place.value = '';
    byId(box).hidden = true;
  };
  const select = () => {
    place.focus();
    place.select();
  };
  onClick(copy, () => {
    // Pages that came without TLS have no clipboard.
    const { clipboard } = /** @type {{ clipboard?: Clipboard }} */ (navigator);
    const done = clipboard ? clipboard.writeText(place.value) : Promise.reject(new Error());
    done.then(
      () => say(copied),
      () => {
        select();
        warn('The browser lets no page copy here: copy the selected text by hand.');
      },
    );
  });
  onClick(hide, () => {
    clear();
    byId(heading).focus();
  });
  // The browser may keep a page that was left, to show it again.
  addEventListener('pagehide', clear);
  return {
    reveal(text) {
      place.value = text;
      byId(box).hidden = false;
      select();
    },
    clear,
    text: () => place.value,
  };
}
