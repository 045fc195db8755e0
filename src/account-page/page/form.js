// Forms: what is in them, and what is wrong with it.

/** @typedef {import('./api.js').FieldError} FieldError */

/**
 * The form with this id.
 * @param {string} id
 * @param {(form: HTMLFormElement) => void} submit called with it when somebody sends it
 */
export function prepareForm(id, submit) {
  const form = /** @type {HTMLFormElement} */ (document.getElementById(id));
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    submit(form);
  });
  const passwords = fieldsOf(form).filter(({ type }) => type === 'password');
  const shows = fieldsOf(form).find(({ type }) => type === 'checkbox');
  shows?.addEventListener('change', () => {
    for (const field of passwords) field.type = shows.checked ? 'text' : 'password';
  });
  form.addEventListener('reset', () => {
    for (const field of passwords) field.type = 'password';
  });
}

/**
 * What was filled in, by the names of the fields; no field is for a file.
 * @param {HTMLFormElement} form
 */
export function valuesOf(form) {
  const values = /** @type {Iterable<[string, string]>} */ (new FormData(form));
  return Object.fromEntries(values);
}

/**
 * Shows each error beside its field and lets the first of these fields be mended; none clears them.
 * @param {HTMLFormElement} form
 * @param {FieldError[]} errors
 * @returns {boolean} whether the form has a field for one of them
 */
export function showErrors(form, errors) {
  const named = fieldsOf(form).filter((field) => field.name !== '' && !field.disabled);
  for (const field of named) {
    const error = errors.find((one) => one.field === field.name);
    field.setAttribute('aria-invalid', String(error !== undefined));
    const place = document.getElementById(field.getAttribute('aria-describedby') ?? '');
    const label = field.labels?.[0]?.textContent;
    if (place) place.textContent = error ? `${label} ${error.detail}.` : '';
  }
  const first = named.find((field) => field.getAttribute('aria-invalid') === 'true');
  first?.focus();
  return first !== undefined;
}

/** @param {HTMLFormElement} form */
function fieldsOf(form) {
  return [...form.querySelectorAll('input')];
}
