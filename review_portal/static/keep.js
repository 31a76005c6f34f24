// What could not be saved yet is kept in this browser until the server has it: it survives a reload, a crash
// and an in-app browser that is killed. Encrypted under a key that only this account's page is told (AES-GCM);
// where the browser has no such cipher (plain http) it lasts for the tab alone. One slot a page: a later page
// offers what an earlier one left and never takes it by itself.
const PREFIX = "keep:";
const SENT = "keep-sent";
const OLDEST = 30 * 24 * 3600 * 1000;

const durable = () => isSecureContext && Boolean(globalThis.crypto?.subtle);
const encode = (bytes) => btoa(String.fromCharCode(...new Uint8Array(bytes)));
const decode = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));

function storage() {
  try {
    return durable() ? localStorage : sessionStorage;
  } catch {
    return null; // switched off in this browser: the page itself keeps the text
  }
}

const slots = (store, prefix) => Object.keys(store).filter((name) => name.startsWith(prefix));

export function keeper(form) {
  const store = storage();
  const prefix = `${PREFIX}${form.dataset.keep}:`;
  const slot = prefix + encode(crypto.getRandomValues(new Uint8Array(9)));
  const key = durable()
    ? crypto.subtle.importKey("raw", decode(form.dataset.keepKey), "AES-GCM", false, ["encrypt", "decrypt"])
    : null;
  let wanted = null;
  let full = false;
  let queue = Promise.resolve();

  async function seal(text) {
    if (!key) return { plain: text };
    const iv = crypto.getRandomValues(new Uint8Array(12));
    const data = await crypto.subtle.encrypt({ name: "AES-GCM", iv }, await key, new TextEncoder().encode(text));
    return { iv: encode(iv), data: encode(data) };
  }

  async function unseal(kept) {
    if (!key) return kept.plain;
    const plain = await crypto.subtle.decrypt({ name: "AES-GCM", iv: decode(kept.iv) }, await key, decode(kept.data));
    return new TextDecoder().decode(plain);
  }

  async function write() {
    if (!wanted) return; // a later word took this one's place
    const { content, at } = wanted;
    wanted = null;
    try {
      store.setItem(slot, JSON.stringify({ at, ...(await seal(JSON.stringify(content))) }));
    } catch {
      full = true; // no room or no cipher: the page says before it is left that something is not saved
    }
  }

  return {
    get safe() { return Boolean(store) && !full; },
    put(content) {
      if (!store) return;
      wanted = { content, at: Date.now() };
      queue = queue.then(write);
    },
    drop() {
      wanted = null;
      queue = queue.then(() => store?.removeItem(slot));
    },
    // The page before submitting, which the server answers once it has everything, drops this slot.
    sent() {
      try { sessionStorage.setItem(SENT, slot); } catch { /* then it is found equal later, and dropped */ }
    },
    discard(name) { store?.removeItem(name); },
    // What earlier pages left, the newest first; what this account cannot read is nobody's any more.
    async left() {
      const found = [];
      for (const name of store ? slots(store, prefix) : []) {
        try {
          const kept = JSON.parse(store.getItem(name));
          if (Date.now() - kept.at > OLDEST) throw new Error("too old");
          if (name !== slot) found.push({ name, at: kept.at, content: JSON.parse(await unseal(kept)) });
        } catch {
          store.removeItem(name);
        }
      }
      return found.sort((one, other) => other.at - one.at);
    },
  };
}

// After submitting: the slot that was sent, or everything of a sheet.
export function settle({ sent = "", done = "" }) {
  const store = storage();
  if (!store) return;
  if (done) for (const name of slots(store, `${PREFIX}${done}:`)) store.removeItem(name);
  const slot = sessionStorage.getItem(SENT);
  if (!sent || !slot?.startsWith(`${PREFIX}${sent}:`)) return;
  store.removeItem(slot);
  sessionStorage.removeItem(SENT);
}
