// Drafts save themselves. One save is under way at a time; what is typed meanwhile is saved after it. On a lost
// line typing goes on and is kept here until the line is back; another window's save stops this one until a
// person chose; after an idle logout everything waits for the login.
import { keeper } from "./keep.js";
import { differences, fill, flat, read } from "./sheet_fields.js";
import { offer } from "./versions.js";

const PAUSE = 2000;
const LONGEST = 60_000;
const IN_APP = /MicroMessenger/i.test(navigator.userAgent); // its own dialogue cannot be answered there

const clock = new Intl.DateTimeFormat("zh-CN", {
  timeZone: "Asia/Shanghai", hourCycle: "h23", month: "numeric", day: "numeric", hour: "2-digit", minute: "2-digit",
});

export function startDrafts(form, redraw) {
  const words = form.dataset;
  const version = form.elements.namedItem("version");
  const state = document.querySelector("#saved");
  const told = document.querySelector("#told");
  const kept = keeper(form);
  let dirty = false;
  let busy = false;
  let held = ""; // why nothing is sent: conflict, expired, over, or left by a button
  let tries = 0;
  let refused = false; // as it stands: tried again once something is changed
  let timer = 0;
  let checking = false;
  let theirs = null;
  let panel = null;
  let underway = Promise.resolve();

  function tell(text, kind, aloud = false) {
    state.textContent = text;
    state.className = `state state-${kind}`;
    if (aloud && told.textContent !== text) told.textContent = text;
  }

  function later(wait) {
    clearTimeout(timer);
    if (!held) timer = setTimeout(start, wait);
  }

  function start(leaving = false) {
    if (dirty && !held && (!busy || leaving === true)) underway = save(leaving === true);
  }

  async function save(leaving) {
    busy = true;
    dirty = false;
    try {
      await take(await fetch(words.autosave, {
        method: "POST",
        body: new URLSearchParams(new FormData(form)),
        headers: { Accept: "application/json" },
        credentials: "same-origin",
        redirect: "manual",
        keepalive: leaving,
      }));
    } catch {
      lost();
    } finally {
      busy = false;
    }
    if (dirty && !tries && !refused) later(PAUSE);
  }

  async function take(answer) {
    const json = answer.headers.get("Content-Type")?.startsWith("application/json");
    if (answer.ok && json) return stored(await answer.json());
    dirty = true;
    if (answer.status === 401 || answer.type === "opaqueredirect") return expire();
    if (json && answer.status !== 503) {
      const refusal = await answer.json();
      refused = answer.status === 422;
      if (refused) return tell(refusal.sentence, "bad", true);
      return "theirs" in refusal ? differ(refusal) : stop(refusal.sentence);
    }
    if (answer.status === 404) return stop(words.gone);
    if (answer.status === 400 && !tries) setTimeout(check); // a login made meanwhile has another token
    return lost();
  }

  function stored(answer) {
    version.value = answer.version;
    const back = tries > 0;
    tries = 0;
    if (dirty) return;
    kept.drop();
    tell(`${words.saved} ${answer.at}`, "done");
    if (back) told.textContent = words.back;
  }

  function lost() {
    dirty = true;
    tell(words.lost, "warn", !tries);
    later(Math.min(LONGEST, PAUSE * 2 ** tries));
    tries += 1;
  }

  function stop(sentence) {
    held = "over";
    tell(sentence, "bad", true);
  }

  function expire() {
    if (held !== "expired") offer("t-expired");
    held = "expired";
    tell(words.expired, "bad", true);
  }

  // Another window or device has stored something else: both versions, and the choice.
  function differ(answer) {
    theirs = flat(answer.theirs);
    panel?.remove();
    held = "";
    if (!differences(form, read(form), theirs).length) {
      version.value = answer.version;
      dirty = false;
      return stored(answer);
    }
    held = "conflict";
    tell(words.other, "bad", true);
    panel = offer("t-conflict", {
      mine() {
        version.value = answer.version;
        resume();
      },
      theirs() {
        fill(form, theirs);
        version.value = answer.version;
        held = "";
        dirty = false;
        redraw();
        stored(answer);
      },
    }, ["", answer.at]);
    panel.rows(differences(form, read(form), theirs));
  }

  function resume() {
    held = "";
    tries = 0;
    dirty = true;
    later(0);
  }

  // Back in view, on line or logged in again: is what this page knows still what is stored?
  async function check() {
    if (busy || checking || held === "over" || held === "left") return;
    checking = true;
    try {
      const known = version.value;
      const answer = await fetch(`${words.autosave}?known=${known}`, {
        headers: { Accept: "application/json" }, credentials: "same-origin", redirect: "manual",
      });
      if (answer.type === "opaqueredirect") return expire();
      if (answer.status === 404) return stop(words.gone);
      if (!answer.ok) return;
      const now = await answer.json();
      for (const input of document.querySelectorAll("input[name=csrf_token]")) input.value = now.token;
      document.querySelector('[data-from="t-expired"]')?.remove();
      if (now.sentence) return stop(now.sentence);
      if (busy || known !== version.value) return;
      if ("theirs" in now) return differ(now);
      if (held === "expired") resume();
      else if (dirty) later(0);
    } catch {
      if (dirty) lost();
    } finally {
      checking = false;
    }
  }

  function typed() {
    dirty = true;
    refused = false;
    kept.put(read(form));
    if (held === "conflict") panel.rows(differences(form, read(form), theirs));
    if (held || tries) return;
    tell(words.dirty, "part");
    later(PAUSE);
  }

  async function offerKept() {
    const [newest] = (await kept.left()).filter((one) => {
      const other = differences(form, one.content, read(form)).length > 0;
      if (!other) kept.discard(one.name);
      return other;
    });
    if (!newest) return;
    const next = () => { kept.discard(newest.name); offerKept(); };
    offer("t-offer", {
      mine() {
        fill(form, newest.content);
        redraw();
        typed();
        next();
      },
      theirs: next,
    }, [clock.format(newest.at)]).rows(differences(form, newest.content, read(form)));
  }

  form.addEventListener("input", typed);
  addEventListener("online", () => (held === "expired" ? check() : later(0)));
  addEventListener("focus", check);
  addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    if (held === "left") { held = ""; dirty = true; } // it never arrived
    check();
  });
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") start(true);
    else check();
  });
  addEventListener("beforeunload", (event) => {
    if (dirty && !kept.safe && !IN_APP) event.preventDefault();
  });
  form.addEventListener("submit", (event) => {
    const button = event.submitter;
    if (held === "conflict") {
      event.preventDefault();
      panel.focus();
    } else if (held || (navigator.onLine && button?.value === "submit")) {
      leave(event, button);
    } else { // saved here: the page stays where it is
      event.preventDefault();
      dirty = true;
      flush().then(() => { told.textContent = state.textContent; });
    }
  });

  function leave(event, button) {
    clearTimeout(timer);
    if (busy) { // a save under way would make this page look like a second window to the server
      event.preventDefault();
      underway.finally(() => form.requestSubmit(button));
      return;
    }
    kept.sent();
    held = "left";
    dirty = false;
  }

  async function flush() {
    if (busy) await underway;
    start();
    await underway;
  }

  // Logging out takes what is not saved along; a line that is down keeps the person here.
  document.querySelector(".bar-who form")?.addEventListener("submit", async (event) => {
    if (!dirty || held) return;
    event.preventDefault();
    await flush();
    if (!dirty) event.target.requestSubmit();
  });

  offerKept();
  return { typed };
}

// The answer to a case is stored by its button alone; until then what is typed is kept in this browser.
export async function keepHere(form, redraw) {
  const kept = keeper(form);
  form.addEventListener("input", () => kept.put(read(form)));
  form.addEventListener("submit", () => kept.sent());
  for (const one of await kept.left()) {
    const rows = differences(form, one.content, read(form));
    if (!rows.length) { kept.discard(one.name); continue; }
    const mine = () => { fill(form, one.content); redraw(); kept.put(read(form)); kept.discard(one.name); };
    offer("t-offer", { mine, theirs: () => kept.discard(one.name) }, [clock.format(one.at)]).rows(rows);
    return; // the newest; an earlier one is offered at the next visit
  }
}

// A sheet that can no longer be filled shows what this browser still holds of it, to be copied.
export async function showLeft(form) {
  const kept = keeper(form);
  for (const one of await kept.left()) {
    offer("t-late", { theirs: () => kept.discard(one.name) }, [clock.format(one.at)]).rows(differences(form, one.content, {}));
  }
}
