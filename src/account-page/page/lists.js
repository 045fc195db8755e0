// The items of the lists, made from the page's templates. What the service says goes in as text alone.
import { deviceName, eventName, factorTypeName, originName, timeName } from './words.js';

/**
 * @typedef {import('./api.js').Session} Session
 * @typedef {import('./api.js').Key} Key
 * @typedef {import('./api.js').Factor} Factor
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

/**
 * @param {Key} key
 * @param {(id: string) => void} remove called when somebody wants it deleted
 */
export function keyItem({ id, name, hint, roles, created_at, expires_at, last_used_at }, remove) {
  const { item, part } = fromTemplate('key');
  part('name').textContent = name;
  part('hint').textContent = `…${hint}`;
  part('details').textContent = [
    `made ${timeName(created_at)}`,
    expires_at === null ? 'does not expire' : `expires ${timeName(expires_at)}`,
    last_used_at === null ? 'never used' : `last used ${timeName(last_used_at)}`,
    ...(roles.length === 0 ? [] : [`roles: ${roles.join(', ')}`]),
  ].join(', ');
  part('delete').setAttribute('aria-label', `Delete the key ${name}, …${hint}`);
  part('delete').addEventListener('click', () => remove(id));
  return item;
}

/**
 * @param {Factor} factor
 * @param {(factor: Factor) => void} remove called when somebody wants it removed
 */
export function factorItem(factor, remove) {
  const { type, name, created_at, last_used_at } = factor;
  const { item, part } = fromTemplate('factor');
  part('name').textContent = name;
  part('type').textContent = factorTypeName(type);
  const used = last_used_at === null ? 'never used' : `last used ${timeName(last_used_at)}`;
  part('details').textContent = `added ${timeName(created_at)}, ${used}`;
  part('remove').setAttribute('aria-label', `Remove ${name}`);
  part('remove').addEventListener('click', () => remove(factor));
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
