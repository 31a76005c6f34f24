// Follows the room of a defense: every two seconds an element with data-live asks whether it is still right (304) and
// otherwise shows what the server says now, itself alone: nothing else on the page is touched. Clocks run by themselves.
import "./portal.js";

const EVERY = 2000, PATIENCE = 8000, TICK = 250;
const two = (number) => String(number).padStart(2, "0");

// `followed` has data-live and data-code; `changed` is given {code, html}.
export function follow(followed, changed) {
  const note = followed.querySelector("[data-live-note]");
  const say = (words) => { if (note && note.textContent !== words) note.textContent = words; };
  async function look() {
    if (!document.hidden) {
      try {
        const answer = await fetch(followed.dataset.live, {
          headers: { "If-None-Match": `"${followed.dataset.code}"` },
          signal: AbortSignal.timeout(PATIENCE),
        });
        if (answer.redirected || answer.status === 401) say(followed.dataset.expired);
        else if (answer.status === 304) say("");
        else if (answer.ok) {
          const told = await answer.json();
          followed.dataset.code = told.code;
          say("");
          changed(told);
        } else say(followed.dataset.lost);
      } catch (problem) {
        say(followed.dataset.lost);
        console.debug("live: not reached, looking again", problem);
      }
    }
    setTimeout(look, EVERY);
  }
  setTimeout(look, EVERY);
}

function show(followed, html) {
  const body = followed.querySelector("[data-live-body]");
  const focused = body.contains(document.activeElement);
  body.innerHTML = html;
  if (focused) body.querySelector("a")?.focus();
  start(body);
}

// The buttons of a page that somebody else's act has overtaken: nothing may jump under a finger.
function switchOff(id) {
  const acts = document.getElementById(id);
  for (const field of acts.querySelectorAll("fieldset")) field.disabled = true;
  acts.querySelector("[data-stale-note]").hidden = false;
}

const ends = new Map(); // clock -> when it reaches zero

function start(place) {
  for (const clock of ends.keys()) if (!clock.isConnected) ends.delete(clock);
  for (const clock of place.querySelectorAll('[data-clock][data-run="yes"]')) {
    ends.set(clock, performance.now() + Number(clock.dataset.left) * 1000);
  }
  tick();
}

function tick() {
  for (const [clock, end] of ends) {
    const left = Math.ceil((end - performance.now()) / 1000);
    const size = Math.abs(left), face = `${two(Math.floor(size / 60))}:${two(size % 60)}`;
    const late = left <= Number(clock.dataset.last);
    const sign = left <= 0 ? clock.dataset.upWords : late ? clock.dataset.lastWords : "";
    clock.querySelector(".time").textContent = left < 0 ? `+${face}` : face;
    const bell = clock.querySelector(".sign");
    if (bell.textContent !== sign) bell.textContent = sign;
    clock.classList.toggle("is-late", late);
    const bar = clock.parentElement.querySelector("[data-clock-bar]");
    if (bar) bar.value = Math.max(0, Math.min(bar.max, left));
  }
}

start(document);
setInterval(tick, TICK);
for (const followed of document.querySelectorAll("[data-live]")) {
  follow(followed, ({ html }) => {
    show(followed, html);
    if (followed.dataset.liveStale) switchOff(followed.dataset.liveStale);
  });
}
