// Logging in: with a password, and a second factor if the account has one.
import { Failure, logIn, register, SECOND_FACTOR_REQUIRED, verifyLogIn } from './api.js';
import { valuesOf } from './form.js';
import { byId, inputById, onClick, onSubmit, say, show, warn } from './screen.js';

/** What stands between the password and the log-in. Only this page has it. */
let challenge = '';
/** What is told once the log-in is complete. */
let newsAfter = '';

const code = inputById('challenge-code');
const byRecovery = inputById('challenge-recovery');

/**
 * Has `enter` called whenever somebody has logged in, with what there is to tell.
 * @param {(news: string) => Promise<void>} enter
 */
export function prepareLogIn(enter) {
  /**
   * @param {object} credentials
   * @param {string} [news]
   */
  const begin = async (credentials, news = '') => {
    try {
      await logIn(credentials);
    } catch (error) {
      if (!(error instanceof Failure) || error.type !== SECOND_FACTOR_REQUIRED) throw error;
      show('challenge-view');
      challenge = error.challenge;
      newsAfter = news;
      return;
    }
    await enter(news);
  };

  onSubmit('login', (form) => begin(valuesOf(form)));

  onSubmit('register', async (form) => {
    const credentials = valuesOf(form);
    await register(credentials);
    // From here on the account is there, whatever becomes of the log-in.
    show('login-view');
    say('Your account was created. Log in.');
    await begin(credentials, 'Your account was created.');
  });

  onSubmit('challenge', async (form) => {
    try {
      await verifyLogIn({ ...valuesOf(form), challenge });
    } catch (error) {
      if (!(error instanceof Failure) || error.status !== 401) throw error;
      show('login-view');
      warn(error.message);
      return;
    }
    await enter(newsAfter);
  });
}

/** The keyboard of a phone has letters only if they are needed. */
function suitKeyboard() {
  code.inputMode = byRecovery.checked ? 'text' : 'numeric';
}

byRecovery.addEventListener('change', () => {
  suitKeyboard();
  code.focus();
});
byId('challenge').addEventListener('reset', () => {
  challenge = '';
  code.inputMode = 'numeric';
});

for (const view of ['challenge', 'forgot', 'reset']) {
  onClick(`${view}-cancelled`, () => show('login-view'));
}
onClick('to-register', () => show('register-view'));
onClick('to-login', () => show('login-view'));
