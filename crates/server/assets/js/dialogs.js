// Questions that have to be answered first. The browser's own dialogs trap the focus and give it back.
import { element, icon } from './dom.js';
import { tell } from './toast.js';

/** Opens a dialog around `content`; answers what it was closed with, '' when it was dismissed. */
export function ask(title, content, { wide = false } = {}) {
  const id = `dialog-${Math.random().toString(36).slice(2)}`;
  const dialog = element(
    'dialog', { class: wide ? 'dialog wide' : 'dialog', 'aria-labelledby': id }, element('h2', { id }, title), content,
  );
  document.body.append(dialog);
  return new Promise((resolve) => {
    dialog.addEventListener('close', () => {
      dialog.remove();
      resolve(dialog.returnValue);
    });
    // Beside the dialog counts as no.
    dialog.addEventListener('click', (event) => { if (event.target === dialog) dialog.close(''); });
    // Keys meant for the dialog must not reach the page behind it.
    dialog.addEventListener('keydown', (event) => event.stopPropagation());
    dialog.showModal();
  });
}

function buttons(yes, kind) {
  return element(
    'div', { class: 'dialog-buttons' },
    element('button', { class: 'button', value: '', formnovalidate: true }, 'Cancel'),
    element('button', { class: `button ${kind}`, value: 'yes' }, yes),
  );
}

/** Asks before something that cannot be taken back. */
export async function confirm(title, text, yes, { danger = true } = {}) {
  const form = element(
    'form', { method: 'dialog' }, element('p', {}, text), buttons(yes, danger ? 'danger-filled' : 'primary'),
  );
  return (await ask(title, form)) === 'yes';
}

function input({ name, label, type = 'text', value = '', required = false, hint, autocomplete = 'off', minlength, checked, min }) {
  const control = type === 'textarea'
    ? element('textarea', { name, rows: 4 }, value)
    : element('input', { name, type, required, autocomplete, minlength, min, checked, value: type === 'checkbox' ? undefined : value });
  const classes = type === 'checkbox' ? 'field tick' : 'field';
  const words = element('span', {}, label);
  const parts = type === 'checkbox' ? [control, words] : [words, control];
  return element('label', { class: classes }, ...parts, hint && element('small', {}, hint));
}

/**
 * A form with these fields. `save` gets the values; while it runs the dialog waits, and what it throws is shown in it.
 * Answers what `save` answered, or nothing when the person changed their mind.
 */
export async function fill(title, fields, yes, save) {
  const problem = element('p', { class: 'problem', role: 'alert', hidden: true });
  const row = buttons(yes, 'primary');
  const form = element('form', { method: 'dialog', class: 'stack' }, ...fields.map(input), problem, row);
  let saved;
  form.addEventListener('submit', async (event) => {
    if (event.submitter?.value === '') return;
    event.preventDefault();
    const values = Object.fromEntries(fields.map(({ name, type }) => {
      const control = form.elements[name];
      return [name, type === 'checkbox' ? control.checked : control.value.trim()];
    }));
    row.lastElementChild.disabled = true;
    try {
      saved = await save(values);
      form.closest('dialog').close('yes');
    } catch (error) {
      problem.textContent = error.message;
      problem.hidden = false;
    } finally {
      row.lastElementChild.disabled = false;
    }
  });
  return (await ask(title, form)) === 'yes' ? saved : undefined;
}

/** Puts a text into the clipboard. Browsers give it to secure pages only; `box` is selected in any case. */
async function copy(text, box) {
  box.select();
  await navigator.clipboard?.writeText(text).then(() => tell('Copied'), () => {});
}

/** Shows a text to be copied. */
export async function showText(title, hint, text, label) {
  const box = element('input', { readonly: true, value: text, 'aria-label': label, class: 'secret' });
  const form = element(
    'form', { method: 'dialog', class: 'stack' }, element('p', {}, hint), box,
    element('div', { class: 'dialog-buttons' }, element('button', { type: 'button', class: 'button', onclick: () => copy(text, box) }, icon('copy'), 'Copy'),
      element('button', { class: 'button primary', value: 'yes' }, 'Done')),
  );
  await ask(title, form);
}
