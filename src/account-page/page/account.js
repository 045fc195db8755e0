// The account page: what it shows of the account, and what happens when somebody presses a button.
import { followLink, forgetAddress, keepLink, prepareAddress, refreshAddress } from './address.js';
import { call, Failure, forget, onLoggedOut } from './api.js';
import { forgetFactors, prepareFactors } from './factors.js';
import { valuesOf } from './form.js';
import { onLink } from './links.js';
import { eventItem, keyItem, sessionItem } from './lists.js';
import { prepareLogIn } from './login.js';
import { shownOnce } from './once.js';
import { resetByLink } from './recovery.js';
import {
  attempt,
  byId,
  inputById,
  onClick,
  onPress,
  onSubmit,
  say,
  show,
  showsAccount,
  untilIdle,
  warn,
} from './screen.js';

const EVENTS_PER_PAGE = 10;

/** @type {string | null} */
let nextEvents = null;

const dialog = /** @type {HTMLDialogElement} */ (byId('delete-dialog'));
const newKey = shownOnce('new-key', 'new-key-text', {
  copy: 'copy-key',
  hide: 'hide-key',
  copied: 'The key was copied.',
  heading: 'keys-heading',
});
const refreshFactors = prepareFactors(refresh);
prepareAddress(refresh);
prepareLogIn(enter);

/**
 * A log-out waits for what is under way: somebody may press it and walk away.
 * @param {string} id of a button
 * @param {() => Promise<void>} work
 */
function onLogOut(id, work) {
  const logOut = async () => {
    await untilIdle();
    if (showsAccount()) await attempt(work);
  };
  onClick(id, () => void logOut());
}

/** Shows the account as it is now. */
async function refresh() {
  const { user } = await call('GET', 'user');
  byId('profile-username').textContent = user.username;
  byId('profile-id').textContent = String(user.id);
  offerUsername(user.username);
  await refreshAddress();
  await refreshFactors();
  const { sessions } = await call('GET', 'user/sessions');
  byId('sessions').replaceChildren(...sessions.map((session) => sessionItem(session, endSession)));
  const { keys } = await call('GET', 'user/keys');
  byId('keys').replaceChildren(...keys.map((key) => keyItem(key, deleteKey)));
  byId('events').replaceChildren(...(await eventItems()));
}

/**
 * What is in the fields for a username until somebody types another: what was typed stays.
 * @param {string} username
 */
function offerUsername(username) {
  for (const id of ['rename-username', 'password-username', 'key-username', 'proof-username']) {
    inputById(id).defaultValue = username;
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

/** @param {string} id */
function deleteKey(id) {
  void attempt(async () => {
    await call('DELETE', `user/keys/${id}`);
    newKey.clear();
    say('The key was deleted: no program can use it any more.');
    // The button that was pressed goes.
    byId('keys-heading').focus();
    await refresh();
  });
}

/** @param {string} news */
async function enter(news) {
  show('account-view');
  say(news);
  let trouble = '';
  try {
    say((await followLink()) || news);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    trouble = error.message;
  }
  await refresh();
  if (trouble) warn(trouble);
}

/** @param {string} news */
function leave(news) {
  forget();
  newKey.clear();
  forgetAddress();
  forgetFactors();
  for (const id of ['profile-username', 'profile-id', 'sessions', 'keys', 'events']) {
    byId(id).replaceChildren();
  }
  byId('more-events').hidden = true;
  offerUsername('');
  show('login-view');
  say(news);
}

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

onSubmit('make-key', async (form) => {
  newKey.clear();
  const { expires_in, ...wanted } = valuesOf(form);
  const { key } = await call('POST', 'user/keys', {
    ...wanted,
    ...(expires_in && { expires_in: Number(expires_in) }),
  });
  form.reset();
  // Before all that may fail: there is no second chance to see it.
  newKey.reveal(key);
  say('The key was made.');
  await refresh();
});

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

onClick('delete', () => dialog.showModal());
onClick('delete-cancelled', () => dialog.close());
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

onLink(({ kind, token }) => {
  if (kind === 'reset') {
    // The new password ends the session of the account that is shown.
    void untilIdle().then(() => {
      if (showsAccount()) leave('');
      resetByLink(token);
    });
    return;
  }
  keepLink(token);
  if (showsAccount()) void untilIdle().then(() => attempt(() => enter('')));
  else {
    show('login-view');
    say('Log in, and your address is verified.');
  }
});
