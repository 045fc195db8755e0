// The account page: its views, and what happens when somebody presses a button.
import { call, Failure, forget, LoggedOut, logIn, onLoggedOut, register } from './api.js';
import { prepareForm, showErrors, valuesOf } from './form.js';
import { eventItem, sessionItem } from './lists.js';

const EVENTS_PER_PAGE = 10;

const VIEWS = ['login-view', 'register-view', 'account-view'];

/** @type {string | null} */
let nextEvents = null;
/** @type {Promise<void> | null} */
let underWay = null;

/** @param {string} id */
function byId(id) {
  const element = document.getElementById(id);
  if (!element) throw new Error(`The page has no ${id}`);
  return element;
}

const page = byId('page');
const dialog = /** @type {HTMLDialogElement} */ (byId('delete-dialog'));

/**
 * Shows one view, from its beginning.
 * @param {string} id
 */
function show(id) {
  say('');
  for (const view of VIEWS) byId(view).hidden = view !== id;
  for (const form of document.forms) {
    form.reset();
    showErrors(form, []);
  }
  const heading = byId(id).querySelector('h1');
  document.title = heading?.textContent ?? '';
  heading?.focus();
}

/** @param {string} news what happened, or an empty text */
function say(news) {
  byId('note').textContent = news;
  byId('alert').textContent = '';
}

/** @param {string} trouble what went wrong */
function warn(trouble) {
  byId('alert').textContent = trouble;
}

/**
 * Does what the user asked for, and shows why if it failed. It does one thing at a time: while one is under
 * way, no other begins.
 * @param {() => Promise<void>} work
 * @param {HTMLFormElement} [form]
 */
function attempt(work, form) {
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

/**
 * @param {string} id of a form
 * @param {(form: HTMLFormElement) => Promise<void>} work
 */
function onSubmit(id, work) {
  prepareForm(id, (form) => void attempt(() => work(form), form));
}

/**
 * @param {string} id of a button
 * @param {() => Promise<void>} work
 */
function onPress(id, work) {
  byId(id).addEventListener('click', () => void attempt(work));
}

/**
 * A log-out waits for what is under way: somebody may press it and walk away.
 * @param {string} id of a button
 * @param {() => Promise<void>} work
 */
function onLogOut(id, work) {
  const logOut = async () => {
    // However it ends: an error of the page's own is in the console.
    while (underWay) await underWay.catch(() => undefined);
    if (!byId('account-view').hidden) await attempt(work);
  };
  byId(id).addEventListener('click', () => void logOut());
}

/** Shows the account as it is now. */
async function refresh() {
  const { user } = await call('GET', 'user');
  byId('profile-username').textContent = user.username;
  byId('profile-id').textContent = String(user.id);
  offerUsername(user.username);
  const { sessions } = await call('GET', 'user/sessions');
  byId('sessions').replaceChildren(...sessions.map((session) => sessionItem(session, endSession)));
  byId('events').replaceChildren(...(await eventItems()));
}

/**
 * What is in the fields for a username until somebody types another: what was typed stays.
 * @param {string} username
 */
function offerUsername(username) {
  for (const id of ['rename-username', 'password-username']) {
    /** @type {HTMLInputElement} */ (byId(id)).defaultValue = username;
  }
}

/** @param {string} [query] which page of them */
async function eventItems(query = '') {
  const { events, next_cursor } = await call('GET', `user/events?limit=${EVENTS_PER_PAGE}${query}`);
  nextEvents = next_cursor;
  byId('more-events').hidden = nextEvents === null;
  return events.map(eventItem);
}

/** @param {string} id */
function endSession(id) {
  void attempt(async () => {
    await call('DELETE', `user/sessions/${id}`);
    say('The session was ended.');
    // The button that was pressed goes.
    byId('sessions-heading').focus();
    await refresh();
  });
}

/**
 * @param {object} credentials
 * @param {string} [news]
 */
async function enter(credentials, news = '') {
  await logIn(credentials);
  show('account-view');
  say(news);
  await refresh();
}

/** @param {string} news */
function leave(news) {
  forget();
  dialog.close();
  for (const id of ['profile-username', 'profile-id', 'sessions', 'events']) {
    byId(id).replaceChildren();
  }
  byId('more-events').hidden = true;
  offerUsername('');
  show('login-view');
  say(news);
}

onSubmit('login', (form) => enter(valuesOf(form)));

onSubmit('register', async (form) => {
  const credentials = valuesOf(form);
  await register(credentials);
  // From here on the account is there, whatever becomes of the log-in.
  show('login-view');
  say('Your account was created. Log in.');
  await enter(credentials, 'Your account was created.');
});

onSubmit('rename', async (form) => {
  await call('PUT', 'user', valuesOf(form));
  form.reset();
  say('Your username was changed.');
  await refresh();
});

onSubmit('change-password', async (form) => {
  await call('PUT', 'user', valuesOf(form));
  form.reset();
  say('Your password was changed, and your other sessions were ended.');
  await refresh();
});

byId('to-register').addEventListener('click', () => show('register-view'));
byId('to-login').addEventListener('click', () => show('login-view'));

onPress('refresh', async () => {
  await refresh();
  say('Refreshed.');
});

onPress('more-events', async () => {
  const items = await eventItems(`&cursor=${nextEvents}`);
  byId('events').append(...items);
  // The button may have gone.
  items[0]?.focus();
});

onLogOut('logout', async () => {
  await call('POST', 'logout');
  leave('You have logged out.');
});

onLogOut('logout-everywhere', async () => {
  await call('DELETE', 'user/sessions');
  leave('You have logged out everywhere.');
});

byId('delete').addEventListener('click', () => dialog.showModal());
byId('delete-cancelled').addEventListener('click', () => dialog.close());
onPress('delete-confirmed', async () => {
  dialog.close();
  await call('DELETE', 'user');
  leave('Your account was deleted.');
});

onLoggedOut((message) => {
  leave('');
  warn(message);
});

show('login-view');
