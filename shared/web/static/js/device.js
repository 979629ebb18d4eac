// What this device holds of forms that have not reached the district yet: one entry per open page, person and form.
// Only unsaved fields are held, and only until they are saved; after a month they go.

const PREFIX = 'accord:draft:';
const MONTH = 30 * 24 * 3600 * 1000;

export function keep(name, copy) {
  try {
    localStorage.setItem(name, JSON.stringify({ ...copy, at: Date.now() }));
    return true;
  } catch {
    return false; // private window, or full
  }
}

export function drop(name) {
  try {
    localStorage.removeItem(name);
  } catch {
    // nothing was kept, so nothing needs to go
  }
}

export function copies() {
  const found = [];
  try {
    for (const name of Object.keys(localStorage)) {
      if (!name.startsWith(PREFIX)) continue;
      const copy = JSON.parse(localStorage.getItem(name));
      if (Date.now() - copy.at > MONTH) localStorage.removeItem(name);
      else found.push({ ...copy, name });
    }
  } catch {
    return found;
  }
  return found.sort((one, other) => one.at - other.at);
}

export function nameOf(person, url, tab = null) {
  return `${PREFIX}${person}:${url}${tab === null ? '' : `:${tab}`}`;
}

// The address of a copy's form and the page that kept it; neither the page's name nor a person's has a colon in it.
export function formOf(name, person) {
  const found = name.slice(nameOf(person, '').length);
  const cut = found.lastIndexOf(':');
  return { url: found.slice(0, cut), tab: found.slice(cut + 1) };
}

// Copies of this person's form, or of all their forms, that no open page holds: left by a crash, a closed window, a lost
// connection.
export async function left(person, url = null) {
  const start = url === null ? nameOf(person, '') : nameOf(person, url, '');
  const mine = copies().filter((copy) => copy.name.startsWith(start));
  if (!mine.length || !navigator.locks) return mine;
  const held = new Set((await navigator.locks.query()).held.map((lock) => lock.name));
  return mine.filter((copy) => !held.has(copy.name));
}

export function hold(name) {
  navigator.locks?.request(name, () => new Promise(() => {})); // until the page goes
}
