// What is on the screen: the views, the messages, and that one thing is done at a time.
import { Failure, LoggedOut } from './api.js';
import { prepareForm, showErrors } from './form.js';

const VIEWS = [
  'login-view',
  'challenge-view',
  'register-view',
  'forgot-view',
  'reset-view',
  'account-view',
];

/** @type {Promise<void> | null} */
let underWay = null;

/** @param {string} id */
export function byId(id) {
  const element = document.getElementById(id);
  if (!element) throw new Error(`The page has no ${id}`);
  return element;
}

/** @param {string} id */
export function inputById(id) {
  return /** @type {HTMLInputElement} */ (byId(id));
}

const page = byId('page');

/** Whether the service sends mails: it says so in the page. */
export const hasMail = page.dataset.mail === 'true';

/**
 * Shows one view, from its beginning.
 * @param {string} id
 */
export function show(id) {
  say('');
  for (const dialog of document.querySelectorAll('dialog')) dialog.close();
  for (const view of VIEWS) byId(view).hidden = view !== id;
  for (const form of document.forms) {
    form.reset();
    showErrors(form, []);
  }
  const heading = byId(id).querySelector('h1');
  document.title = heading?.textContent ?? '';
  heading?.focus();
}

/** Whether somebody is logged in, as far as the page shows. */
export function showsAccount() {
  return !byId('account-view').hidden;
}

/** @param {string} news what happened, or an empty text */
export function say(news) {
  byId('note').textContent = news;
  byId('alert').textContent = '';
}

/** @param {string} trouble what went wrong */
export function warn(trouble) {
  byId('alert').textContent = trouble;
}

/**
 * Does what the user asked for, and shows why if it failed. It does one thing at a time: while one is under
 * way, no other begins.
 * @param {() => Promise<void>} work
 * @param {HTMLFormElement} [form]
 */
export function attempt(work, form) {
  underWay ??= perform(work, form).finally(() => {
    underWay = null;
    page.removeAttribute('aria-busy');
  });
  return underWay;
}

/**
 * @param {() => Promise<void>} work
 * @param {HTMLFormElement} [form]
 */
async function perform(work, form) {
  page.setAttribute('aria-busy', 'true');
  say('');
  if (form) showErrors(form, []);
  try {
    await work();
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    // `onLoggedOut` has told it.
    if (error instanceof LoggedOut) return;
    if (!form || !showErrors(form, error.errors)) warn(error.message);
  }
}

/** Resolves once nothing is under way, however it ended: an error of the page's own is in the console. */
export async function untilIdle() {
  while (underWay) await underWay.catch(() => undefined);
}

/**
 * @param {string} id of a form
 * @param {(form: HTMLFormElement) => Promise<void>} work
 */
export function onSubmit(id, work) {
  prepareForm(id, (form) => void attempt(() => work(form), form));
}

/**
 * @param {string} id of a button
 * @param {() => Promise<void>} work
 */
export function onPress(id, work) {
  onClick(id, () => void attempt(work));
}

/**
 * @param {string} id of a button
 * @param {() => void} act what needs no one's answer
 */
export function onClick(id, act) {
  byId(id).addEventListener('click', act);
}
