// The page of one's own account.
import { post, put, remove } from './api.js';
import { confirm, fill, showText } from './dialogs.js';
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

document.querySelector('[data-create-key]').addEventListener('click', () => run(async () => {
  const fields = [{ name: 'name', label: 'Name', required: true, hint: 'For example the program that will use it.' }];
  const made = await fill('New API key', fields, 'Create', ({ name }) => post('/api-keys', { name, permissions: ['all'] }));
  if (!made) return false;
  // Afterwards only its digest is known.
  await showText('Your new key', 'Copy it now: it is not shown again.', made.secret, 'Secret');
  return true;
}, 'keys'));
