// The address of the account: shown, set, verified by link or by code, removed.
import { call } from './api.js';
import { prepareForm, valuesOf } from './form.js';
import { hasFactor } from './factors.js';
import { prove } from './proof.js';
import { byId, hasMail, onClick, onSubmit, say } from './screen.js';

/** The mail whose code is typed. */
let mailId = '';
/** Of a link that was followed before the log-in. */
let token = '';

/** Shows the address as it is now. */
export async function refreshAddress() {
  if (!hasMail) return;
  const { email, verified } = await call('GET', 'user/email');
  byId('address').hidden = false;
  byId('address-now').textContent = email ?? 'There is none yet.';
  byId('address-state').hidden = email === null;
  byId('address-state').textContent = verified ? 'Verified' : 'Not verified';
  byId('remove-offer').hidden = email === null;
}

export function forgetAddress() {
  byId('address-now').replaceChildren();
  expectCode('');
  token = '';
}

/** Keeps the token of a link until somebody has logged in. @param {string} ofLink */
export function keepLink(ofLink) {
  token = ofLink;
}

/** Verifies by the link that was followed, if one was. @returns {Promise<string>} what there is to tell */
export async function followLink() {
  if (token === '') return '';
  const proof = { token };
  token = '';
  await call('POST', 'user/email/verify', proof);
  return 'Your address is verified.';
}

/** @param {string} id of a mail, or an empty text */
function expectCode(id) {
  mailId = id;
  byId('verify-address').hidden = id === '';
}

/** @param {() => Promise<void>} refresh shows the account as it is now */
export function prepareAddress(refresh) {
  prepareForm('set-address', (form) => {
    const wanted = valuesOf(form);
    prove({
      question: 'Set this address?',
      password: true,
      code: hasFactor(),
      form,
      request: (proof) => call('PUT', 'user/email', { ...wanted, ...proof }),
      async done({ id }) {
        form.reset();
        expectCode(id);
        byId('address-code').focus();
        say(`A mail is on its way to ${wanted.email}. Follow its link, or type its code.`);
        await refresh();
      },
    });
  });

  onSubmit('verify-address', async (form) => {
    await call('POST', 'user/email/verify', { ...valuesOf(form), id: mailId });
    form.reset();
    expectCode('');
    byId('address-heading').focus();
    say('Your address is verified.');
    await refresh();
  });

  onClick('remove-address', () =>
    prove({
      question: 'Remove your address?',
      password: true,
      code: hasFactor(),
      request: (proof) => call('POST', 'user/email/remove', proof),
      async done() {
        expectCode('');
        byId('address-heading').focus();
        say('Your address was removed.');
        await refresh();
      },
    }),
  );
}
