// The items of the lists, made from the page's templates. What the service says goes in as text alone.
import { deviceName, eventName, originName, timeName } from './words.js';

/**
 * @typedef {import('./api.js').Session} Session
 * @typedef {import('./api.js').SecurityEvent} SecurityEvent
 */

/**
 * @param {Session} session
 * @param {(id: string) => void} end called when somebody wants it ended
 */
export function sessionItem({ id, current, created_at, renewed_at, address, user_agent }, end) {
  const { item, part } = fromTemplate('session');
  const device = deviceName(user_agent);
  part('device').textContent = device;
  part('device').title = user_agent ?? '';
  part('current').hidden = !current;
  const renewed = renewed_at === created_at ? '' : `, renewed ${timeName(renewed_at)}`;
  part('details').textContent = `${address}, since ${timeName(created_at)}${renewed}`;
  part('end').hidden = current;
  part('end').setAttribute('aria-label', `End the session of ${device} from ${address}`);
  part('end').addEventListener('click', () => end(id));
  return item;
}

/** @param {SecurityEvent} event */
export function eventItem({ type, at, address, user_agent, outcome }) {
  const { item, part } = fromTemplate('event');
  part('what').textContent = eventName(type);
  part('what').classList.toggle('failed', outcome === 'failure');
  part('at').textContent = timeName(at);
  part('at').setAttribute('datetime', at);
  part('details').textContent = originName(user_agent, address);
  return item;
}

/**
 * A copy of what is in a template, and its parts by their names.
 * @param {string} id
 */
function fromTemplate(id) {
  const template = /** @type {HTMLTemplateElement} */ (document.getElementById(id));
  const copy = /** @type {DocumentFragment} */ (template.content.cloneNode(true));
  const item = /** @type {HTMLElement} */ (copy.firstElementChild);
  /** @param {string} name */
  const part = (name) => /** @type {HTMLElement} */ (item.querySelector(`[data-part="${name}"]`));
  return { item, part };
}
