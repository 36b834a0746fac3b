// The page of one's own account.
import { post, put, remove } from './api.js';
import { ask, confirm, fill } from './dialogs.js';
import { element, icon } from './dom.js';
import { refresh } from './fragment.js';
import { complain, tell } from './toast.js';

/** Sends a form of the page; what went wrong is shown in it. */
function onSubmit(id, send) {
  const form = document.getElementById(id);
  const problem = form.querySelector('.problem');
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    problem.hidden = true;
    try {
      await send(Object.fromEntries(new FormData(form)), form);
    } catch (error) {
      problem.textContent = error.message;
      problem.hidden = false;
    }
  });
}

onSubmit('profile', async ({ name, email }) => {
  await put('/users/me', { name: name.trim(), email: email.trim() });
  tell('Saved');
});

onSubmit('password', async (values, form) => {
  await post('/auth/change-password', values);
  form.reset();
  await refresh('sessions');
  tell('Your password is changed');
});

/** Runs what a button of a list is for. */
async function run(work, ...ids) {
  try {
    if (await work() === false) return;
    await refresh(...ids);
  } catch (error) {
    complain(error);
  }
}

document.getElementById('sessions').addEventListener('click', (event) => {
  const row = event.target.closest('[data-end-session]')?.closest('[data-session]');
  if (row) run(() => remove(`/sessions/${row.dataset.session}`), 'sessions');
});

document.querySelector('[data-end-others]')?.addEventListener('click', (event) => run(async () => {
  if (!await confirm('End all other sessions?', 'Every other browser and app has to sign in again.', 'End them')) return false;
  await remove('/sessions');
  event.target.hidden = true;
  return true;
}, 'sessions'));

document.getElementById('keys').addEventListener('click', (event) => {
  const row = event.target.closest('[data-delete-key]')?.closest('[data-key]');
  if (!row) return;
  const name = row.querySelector('strong').textContent;
  run(async () => {
    if (!await confirm(`Delete the key ${name}?`, 'Programs that use it can no longer sign in.', 'Delete')) return false;
    await remove(`/api-keys/${row.dataset.key}`);
    return true;
  }, 'keys');
});

/** A key can be seen once; afterwards only its digest is known. */
async function showSecret(secret) {
  const box = element('input', { readonly: true, value: secret, 'aria-label': 'Secret', class: 'secret' });
  const copy = async () => {
    box.select();
    // Browsers give the clipboard to secure pages only; the text is selected in any case.
    await navigator.clipboard?.writeText(secret).then(() => tell('Copied'), () => {});
  };
  const form = element(
    'form', { method: 'dialog', class: 'stack' }, element('p', {}, 'Copy it now: it is not shown again.'), box,
    element('div', { class: 'dialog-buttons' }, element('button', { type: 'button', class: 'button', onclick: copy }, icon('copy'), 'Copy'),
      element('button', { class: 'button primary', value: 'yes' }, 'Done')),
  );
  await ask('Your new key', form);
}

document.querySelector('[data-create-key]').addEventListener('click', () => run(async () => {
  const fields = [{ name: 'name', label: 'Name', required: true, hint: 'For example the program that will use it.' }];
  const made = await fill('New API key', fields, 'Create', ({ name }) => post('/api-keys', { name, permissions: ['all'] }));
  if (!made) return false;
  await showSecret(made.secret);
  return true;
}, 'keys'));
