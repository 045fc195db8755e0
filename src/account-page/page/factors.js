// Second factors: the list, adding one, removing one, and the recovery codes.
import { call } from './api.js';
import { prepareForm, valuesOf } from './form.js';
import { factorItem } from './lists.js';
import { shownOnce } from './once.js';
import { prove } from './proof.js';
import { byId, inputById, onClick, onSubmit, say } from './screen.js';

/** @typedef {import('./api.js').Factor} Factor */

/** @type {Factor[]} */
let factors = [];
/** The one that is being added. */
let newId = '';

const codes = shownOnce('codes', 'codes-text', {
  copy: 'copy-codes',
  hide: 'hide-codes',
  copied: 'The codes were copied.',
  heading: 'factors-heading',
});
const secret = inputById('setup-secret');
const link = /** @type {HTMLAnchorElement} */ (byId('setup-link'));

/** Whether what changes the account needs a code. */
export function hasFactor() {
  return factors.length > 0;
}

export function forgetFactors() {
  factors = [];
  byId('factors').replaceChildren();
  byId('recovery').hidden = true;
  codes.clear();
  forgetSetUp();
}

/** The secret of what is being added is shown while it is, and no longer. */
function forgetSetUp() {
  newId = '';
  secret.value = '';
  link.removeAttribute('href');
  byId('setup-qr').replaceChildren();
  byId('factor-setup').hidden = true;
  byId('add-factor').hidden = false;
}

/** @param {import('./api.js').Answer} answer what the app is to know */
async function showSetUp({ id, secret: text, uri }) {
  newId = id;
  secret.value = text;
  link.href = uri;
  byId('factor-setup').hidden = false;
  byId('add-factor').hidden = true;
  byId('setup-heading').focus();
  // Most people who come here add none.
  const { qrCode } = await import('./qr.js');
  byId('setup-qr').replaceChildren(qrCode(uri));
}

/** @param {() => Promise<void>} refresh shows the account as it is now */
export function prepareFactors(refresh) {
  /** @param {Factor} factor */
  const remove = ({ id, name }) =>
    prove({
      question: `Remove ${name}?`,
      password: false,
      code: true,
      request: (proof) => call('POST', `user/factors/${id}/remove`, proof),
      async done() {
        // The button that was pressed goes.
        byId('factors-heading').focus();
        say('The second factor was removed.');
        await refresh();
      },
    });

  prepareForm('add-factor', (form) => {
    const { name } = valuesOf(form);
    prove({
      question: 'Add a second factor?',
      password: true,
      code: hasFactor(),
      form,
      request: (proof) =>
        call('POST', 'user/factors', { type: 'totp', ...(name && { name }), ...proof }),
      async done(answer) {
        form.reset();
        await showSetUp(answer);
      },
    });
  });

  onSubmit('confirm-factor', async (form) => {
    const { recovery_codes } = await call('PUT', `user/factors/${newId}`, valuesOf(form));
    form.reset();
    forgetSetUp();
    byId('factors-heading').focus();
    // Before all that may fail: there is no second chance to see them.
    if (recovery_codes) codes.reveal(recovery_codes.join('\n'));
    say('It is on: from now on a log-in needs a code too.');
    await refresh();
  });

  onClick('new-codes', () =>
    prove({
      question: 'Make new recovery codes?',
      password: false,
      code: true,
      request: (proof) => call('POST', 'user/recovery_codes', proof),
      async done({ recovery_codes = [] }) {
        codes.reveal(recovery_codes.join('\n'));
        say('These are your recovery codes now: the old ones are of no use any more.');
        await refresh();
      },
    }),
  );

  return async function refreshFactors() {
    const { factors: present, recovery_codes_left } = await call('GET', 'user/factors');
    factors = present;
    byId('factors').replaceChildren(...factors.map((factor) => factorItem(factor, remove)));
    byId('recovery').hidden = !hasFactor();
    byId('recovery-left').textContent = `Recovery codes that are left: ${recovery_codes_left}`;
  };
}

onClick('setup-cancelled', () => {
  forgetSetUp();
  byId('factors-heading').focus();
});

onClick('save-codes', () => {
  const file = new Blob([`${codes.text()}\n`], { type: 'text/plain' });
  const save = document.createElement('a');
  save.href = URL.createObjectURL(file);
  save.download = 'recovery-codes.txt';
  save.click();
  URL.revokeObjectURL(save.href);
});

// The browser may keep a page that was left, to show it again.
addEventListener('pagehide', forgetSetUp);
