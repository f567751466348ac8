import type { Journey } from '../journey.ts';

/** A user signs in and the page checks the session with the token it got. */
const signIn: Journey = (client) => {
  const login = client.request('login', { body: 'text' });
  if (!login.ok) return;
  const { token } = JSON.parse(login.text) as { token: string };
  client.request('session-check', { headers: { Authorization: `Bearer ${token}` } });
};

export default signIn;
