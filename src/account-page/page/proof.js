// A dialog in which somebody proves who they are, before what needs that is done.
import { Failure } from './api.js';
import { prepareForm, showErrors, valuesOf } from './form.js';
import { attempt, byId, inputById, onClick } from './screen.js';

/**
 * @typedef {object} Deed
 * @property {string} question what the dialog asks
 * @property {boolean} password whether the password is needed
 * @property {boolean} code whether a code is
 * @property {HTMLFormElement} [form] what it is about, whose fields may be refused too
 * @property {(proof: Record<string, string>) => Promise<Answer>} request made with what was typed
 * @property {(answer: Answer) => Promise<void>} done what follows once the dialog is gone
 */
/** @typedef {import('./api.js').Answer} Answer */

const dialog = /** @type {HTMLDialogElement} */ (byId('proof-dialog'));
/** @type {Deed | undefined} */
let deed;

/**
 * Asks for the proof, and does the deed. The dialog stays as long as the proof is refused.
 * @param {Deed} wanted
 */
export function prove(wanted) {
  deed = wanted;
  byId('proof-question').textContent = wanted.question;
  need('password', wanted.password);
  need('code', wanted.code);
  dialog.showModal();
}

/**
 * @param {'password' | 'code'} what
 * @param {boolean} isNeeded
 */
function need(what, isNeeded) {
  byId(`proof-by-${what}`).hidden = !isNeeded;
  inputById(`proof-${what}`).disabled = !isNeeded;
}

prepareForm('proof', (form) => {
  const wanted = deed;
  if (wanted) void attempt(() => perform(wanted, form), form);
});

/**
 * @param {Deed} wanted
 * @param {HTMLFormElement} form
 */
async function perform({ request, done, form: subject }, form) {
  const answer = await request(valuesOf(form)).catch((/** @type {unknown} */ error) => {
    if (!(error instanceof Failure)) throw error;
    if (showErrors(form, error.errors)) throw error;
    // Messages are behind the dialog.
    dialog.close();
    if (subject && showErrors(subject, error.errors)) return undefined;
    throw error;
  });
  if (!answer) return;
  dialog.close();
  await done(answer);
}

dialog.addEventListener('close', () => {
  const form = /** @type {HTMLFormElement} */ (byId('proof'));
  form.reset();
  showErrors(form, []);
  deed = undefined;
});
onClick('proof-cancelled', () => dialog.close());
