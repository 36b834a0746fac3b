// The page of users: new accounts.
import { post } from './api.js';
import { fill } from './dialogs.js';
import { refresh } from './fragment.js';
import { complain, tell } from './toast.js';

const GIGABYTE = 1_000_000_000;
const FIELDS = [
  { name: 'name', label: 'Name', required: true },
  { name: 'email', label: 'E-mail address', type: 'email', required: true },
  { name: 'password', label: 'Password', type: 'password', required: true, minlength: 8, autocomplete: 'new-password', hint: 'At least 8 characters.' },
  { name: 'quota', label: 'Storage limit in GB', type: 'number', hint: 'Leave empty for none.' },
  { name: 'isAdmin', label: 'May run this server', type: 'checkbox' },
];

function create({ name, email, password, quota, isAdmin }) {
  const quotaSizeInBytes = quota === '' ? null : Math.round(Number(quota) * GIGABYTE);
  return post('/admin/users', { name, email, password, quotaSizeInBytes, isAdmin });
}

document.querySelector('[data-create-user]').addEventListener('click', async () => {
  try {
    const user = await fill('New user', FIELDS, 'Create', create);
    if (!user) return;
    await refresh('users');
    tell(`${user.name} can sign in now`);
  } catch (error) {
    complain(error);
  }
});
