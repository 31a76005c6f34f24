// Score sheet: the level that matches the value, the running total, the reason where it is demanded,
// evidence that lights up, and drafts that save themselves.
import { places } from "./portal.js";
import "./panes.js";

const form = document.querySelector("#score-form");
const inputs = [...form.querySelectorAll(".stepper input")];
const sum = document.querySelector("#sum");
const done = document.querySelector("#done");
const saved = document.querySelector("#saved");
const blank = document.querySelector("#blank-hint a");
const digits = Math.max(1, ...inputs.map((input) => places(input.step)));

// Points are read as typed; what is no number yet counts as blank, never as 0.
const valueOf = (input) => (input.value === "" || !input.validity.valid ? null : Number(input.value));

function refresh(item) {
  const value = valueOf(item.querySelector(".stepper input"));
  let demanded = false;
  for (const level of item.querySelectorAll(".levels li")) {
    const on = value !== null && value >= Number(level.dataset.min) && value <= Number(level.dataset.max);
    level.classList.toggle("is-on", on);
    if (on) level.setAttribute("aria-current", "true"); else level.removeAttribute("aria-current");
    demanded ||= on && level.dataset.why === "1";
  }
  for (const words of item.querySelectorAll(".why .opt")) {
    words.textContent = demanded ? words.dataset.need : words.dataset.when;
  }
  const fold = item.querySelector(".why-fold");
  if (fold && demanded) fold.open = true;
  item.querySelector(".why textarea")?.setAttribute("aria-required", String(demanded));
}

// Hundredths are added as integers: the total must not show what binary fractions do to 0.1.
function add(list) {
  const filled = list.map(valueOf).filter((value) => value !== null);
  const hundredths = filled.reduce((all, value) => all + Math.round(value * 100), 0);
  return { count: filled.length, text: (hundredths / 100).toFixed(digits) };
}

function total() {
  const all = add(inputs);
  sum.textContent = all.count ? all.text : "—";
  done.textContent = `${all.count}／${inputs.length}`;
  const open = inputs.find((input) => valueOf(input) === null);
  if (blank) {
    blank.parentElement.hidden = !open;
    blank.textContent = blank.textContent.replace(/\d+/, String(inputs.length - all.count));
    if (open) blank.setAttribute("href", `#${open.closest(".item").id}`);
  }
  for (const head of form.querySelectorAll(".crit-head[id]")) {
    const own = inputs.filter((input) => input.closest(".item").dataset.group === head.id);
    if (!own.length) continue;
    const part = add(own);
    const most = own[0].closest(".item").dataset.groupMax;
    const shown = head.querySelector("span");
    shown.textContent = shown.textContent
      .replace(/^\s*\d+／\d+/, `${part.count}／${own.length}`)
      .replace(/[\d.—]+／[\d.]+(?=\D*$)/, `${part.text}／${most}`);
  }
}

// Evidence: the link's target and what belongs to it are marked until another link is followed.
function light(target) {
  for (const old of form.querySelectorAll(".hit, .hit-row")) old.classList.remove("hit", "hit-row");
  if (target.tagName === "TR") return target.classList.add("hit-row");
  target.classList.add("hit");
  for (let next = target.nextElementSibling; next && !/^H[23]$/.test(next.tagName); next = next.nextElementSibling) {
    next.classList.add("hit");
  }
}
form.addEventListener("click", (event) => {
  const link = event.target.closest("[data-see]");
  const target = link && document.getElementById(decodeURIComponent(link.hash.slice(1)));
  if (target) light(target);
});
// The item one works on is marked; Enter goes on to the next field instead of sending the sheet.
form.addEventListener("focusin", (event) => {
  const item = event.target.closest(".item");
  for (const other of form.querySelectorAll(".item.is-now")) other.classList.toggle("is-now", other === item);
  item?.classList.add("is-now");
});
form.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !inputs.includes(event.target)) return;
  event.preventDefault();
  inputs[inputs.indexOf(event.target) + 1]?.focus();
});

// Drafts. One save is under way at a time; what is typed meanwhile is saved after it. A lost connection
// keeps everything on the page and tries again; another window's save stops this one until a person chose.
const PAUSE = 2000;
const AGAIN = 5000;
const version = form.elements.namedItem("version");
let dirty = false;
let busy = false;
let stopped = false;
let timer = 0;
let underway = Promise.resolve();

function tell(text, kind) {
  saved.textContent = text;
  saved.className = `state state-${kind}`;
}

function later(wait) {
  clearTimeout(timer);
  if (!stopped) timer = setTimeout(start, wait);
}

function start(leaving = false) {
  if (dirty && !stopped && (!busy || leaving === true)) underway = save(leaving === true);
}

async function save(leaving) {
  busy = true;
  dirty = false;
  try {
    const answer = await fetch(form.dataset.autosave, {
      method: "POST",
      body: new URLSearchParams(new FormData(form)),
      headers: { Accept: "application/json" },
      credentials: "same-origin",
      redirect: "manual",
      keepalive: leaving,
    });
    await took(answer);
  } catch {
    dirty = true;
    tell(form.dataset.lost, "warn");
    later(AGAIN);
  } finally {
    busy = false;
  }
  if (dirty && !stopped) later(PAUSE);
}

async function took(answer) {
  const json = answer.headers.get("Content-Type")?.startsWith("application/json");
  if (answer.ok && json) {
    const told = await answer.json();
    version.value = told.version;
    if (!dirty) tell(`${form.dataset.saved} ${told.at}`, "done");
    return;
  }
  dirty = true;
  if (answer.status === 503 || answer.status === 429) {
    tell(form.dataset.lost, "warn");
    later(AGAIN);
    return;
  }
  stopped = true;
  if (answer.status === 409 && json && "theirs" in (await answer.clone().json())) tell(form.dataset.other, "bad");
  else if (json) tell((await answer.json()).sentence, "bad");
  else tell(form.dataset.expired, "bad");
}

// On a slow line people type before this script arrives: their words differ from what the page was sent with.
const early = [...form.elements].some((field) => field.type !== "hidden" && "defaultValue" in field
  && field.type !== "checkbox" && field.value !== field.defaultValue);
if (early) {
  for (const input of inputs) refresh(input.closest(".item"));
  total();
}

if (form.dataset.autosave) {
  if (early) { dirty = true; later(PAUSE); }
  form.addEventListener("input", () => { dirty = true; later(PAUSE); });
  addEventListener("online", () => later(0));
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") start(true);
  });
  addEventListener("beforeunload", (event) => { if (dirty) event.preventDefault(); });
  form.addEventListener("submit", (event) => {
    clearTimeout(timer);
    if (busy) { // a save under way would make this page look like a second window to the server
      event.preventDefault();
      const button = event.submitter;
      underway.finally(() => form.requestSubmit(button));
      return;
    }
    stopped = true;
    dirty = false;
  });
}

form.addEventListener("input", (event) => {
  const item = event.target.closest(".item");
  if (item && event.target.closest(".stepper")) { refresh(item); total(); }
  if (!saved || stopped) return;
  saved.textContent = saved.dataset.dirty;
  saved.className = "state state-part";
});
