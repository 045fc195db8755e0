// A forgotten password, and the new one in its place: by the link of a mail, or by its code.
import { ask } from './api.js';
import { valuesOf } from './form.js';
import { byId, hasMail, inputById, onClick, onSubmit, say, show } from './screen.js';

/**
 * What belongs to the new password: the token of a link, or the id of the mail whose code is typed.
 * @type {{ token: string } | { id: string } | undefined}
 */
let mail;

/** Lets a new password be chosen by a link. @param {string} token */
export function resetByLink(token) {
  chooseBy({ token });
}

/** @param {{ token: string } | { id: string }} by */
function chooseBy(by) {
  show('reset-view');
  mail = by;
  const isByLink = 'token' in by;
  byId('reset-by-code').hidden = isByLink;
  inputById('reset-code').disabled = isByLink;
}

byId('forgot-offer').hidden = !hasMail;
onClick('to-forgot', () => show('forgot-view'));
onClick('reset-again', () => show('forgot-view'));

// A username may look like an address.
inputById('forgot-name').addEventListener('input', () => {
  byId('forgot-choice').hidden = !inputById('forgot-name').value.includes('@');
});

onSubmit('forgot', async (form) => {
  const { name = '' } = valuesOf(form);
  const isAddress = name.includes('@') && !inputById('forgot-is-username').checked;
  chooseBy(await ask('password/forgot', isAddress ? { email: name } : { username: name }));
  say(
    'If there is an account of this name with a verified address, a mail is on its way. Follow its link, or type its code here.',
  );
});

onSubmit('reset', async (form) => {
  await ask('password/reset', { ...valuesOf(form), ...mail });
  show('login-view');
  say('Your password was changed. Log in with the new one.');
});

byId('forgot').addEventListener('reset', () => {
  byId('forgot-choice').hidden = true;
});

byId('reset').addEventListener('reset', () => {
  mail = undefined;
});
