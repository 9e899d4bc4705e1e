/** Signing in: the token goes once in a header, and what comes back is a cookie. */
import { byId } from './dom.js';

const form = byId('login') as HTMLFormElement;
const field = byId('token') as HTMLInputElement;
const answer = byId('answer');

form.addEventListener('submit', (event) => {
  event.preventDefault();
  void signIn(field.value.trim());
});

async function signIn(token: string): Promise<void> {
  // Anything else cannot stand in a header, and is no token.
  if (!/^[\x21-\x7e]+$/.test(token)) {
    refuse('A token has no spaces and only ASCII characters.');
    return;
  }
  try {
    const { status } = await fetch('/session', {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
    });
    if (status === 204) window.location.reload();
    else refuse(status === 401 ? 'That is not the token.' : `The server answered ${status}.`);
  } catch {
    refuse('The server does not answer.');
  }
}

function refuse(reason: string): void {
  answer.textContent = reason;
  field.setAttribute('aria-invalid', 'true');
  field.select();
}
