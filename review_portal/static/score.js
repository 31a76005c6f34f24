// Score sheet: the level that matches the value, the running total, the reason where it is demanded,
// evidence that lights up. Drafts save themselves in drafts.js.
import { places, pointsIn } from "./portal.js";
import "./panes.js";
import { keepHere, showLeft, startDrafts } from "./drafts.js";

const form = document.querySelector("#score-form");
const inputs = [...form.querySelectorAll(".stepper input")];
const sum = document.querySelector("#sum");
const done = document.querySelector("#done");
const asked = new Map(); // the item at which full marks of a criterion are to be explained
const digits = Math.max(1, ...inputs.map((input) => places(input.dataset.step)));

// Points are read as typed; what is no number yet counts as blank, never as 0.
const valueOf = (input) => pointsIn(input.value, input.dataset);
const isWrong = (input) => input.value.trim() !== "" && valueOf(input) === null;

function refresh(item) {
  const value = valueOf(item.querySelector(".stepper input"));
  for (const level of item.querySelectorAll(".levels li")) {
    const on = value !== null && value >= Number(level.dataset.min) && value <= Number(level.dataset.max);
    level.classList.toggle("is-on", on);
    if (on) level.setAttribute("aria-current", "true"); else level.removeAttribute("aria-current");
  }
  sumUp(item);
}

// What a shut item says of its level.
function sumUp(item) {
  const words = item.querySelector(".when-shut");
  const [name, range, text] = [...item.querySelectorAll(".levels .is-on > span")].map((part) => part.textContent);
  if (!words) return;
  if (!name) return words.replaceChildren(words.dataset.none);
  const head = document.createElement("b");
  head.textContent = `${name} ${range}`;
  words.replaceChildren(head, `　${text}`);
}

// Points that cannot be given are told when the field is left, and no longer once they are put right.
function judge(input, left) {
  const item = itemOf(input);
  const wrong = isWrong(input);
  if (wrong && !left) return;
  const live = item.querySelector("[data-live]");
  const told = document.getElementById(`${input.id}-e`); // what the last attempt was refused with
  if (told && valueOf(input) !== null) told.hidden = true;
  live.hidden = !wrong || told?.hidden === false;
  const about = told?.hidden === false ? told : wrong ? live : null;
  if (about) input.setAttribute("aria-describedby", about.id); else input.removeAttribute("aria-describedby");
  if (about) input.setAttribute("aria-invalid", "true"); else input.removeAttribute("aria-invalid");
  item.querySelector(".item-score").classList.toggle("is-wrong", wrong);
  if (!item.querySelector(".err:not([hidden])")) item.classList.remove("is-wrong");
}

// Reasons are asked for as soon as the points demand them, at the item that demands them.
const itemOf = (input) => input.closest(".item");
const isFull = (input) => valueOf(input) === Number(input.dataset.max);
const written = (item) => [...(item.querySelector(".why textarea")?.value ?? "").replace(/\s/g, "")].length
  >= Number(form.dataset.least);

// Full marks of a whole criterion are explained once: where a reason is, else where one is scoring just now.
function explained(group) {
  const own = inputs.filter((input) => itemOf(input).dataset.group === group);
  if (form.dataset.full !== "criterion" || !own.every(isFull)) return asked.delete(group) && null;
  const items = own.map(itemOf);
  const place = items.find(written) ?? asked.get(group)
    ?? items.find((item) => item.contains(document.activeElement)) ?? items[0];
  asked.set(group, place);
  return place;
}

function reasons() {
  const places = new Set([...new Set(inputs.map((input) => itemOf(input).dataset.group))].map(explained));
  const short = inputs.map(itemOf).filter((item) => demand(item, places.has(item)) && !written(item));
  hint("#why-hint", short);
}

function demand(item, whole) {
  const input = item.querySelector(".stepper input");
  const poor = item.querySelector(".levels .is-on[data-why]") !== null;
  const full = whole || (form.dataset.full === "item" && item.querySelector(".levels li") !== null && isFull(input));
  const words = item.querySelector(".why .opt");
  if (words) words.textContent = poor ? words.dataset.need : full ? words.dataset.full : words.dataset.when;
  const fold = item.querySelector(".why-fold");
  if (fold && (poor || full)) fold.open = true;
  item.classList.toggle("is-asked", (poor || full) && !written(item));
  item.querySelector(".why textarea")?.setAttribute("aria-required", String(poor || full));
  return poor || full;
}

function hint(id, items) {
  const place = document.querySelector(id);
  if (!place) return;
  const link = place.querySelector("a");
  place.hidden = !items.length;
  link.textContent = link.textContent.replace(/\d+/, String(items.length));
  if (items.length) link.setAttribute("href", `#${items[0].id}`);
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
  hint("#blank-hint", inputs.filter((input) => valueOf(input) === null).map(itemOf));
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

function redraw() {
  for (const input of inputs) { refresh(itemOf(input)); judge(input, true); }
  total();
  reasons();
  for (const area of form.querySelectorAll("[data-count]")) area.dispatchEvent(new Event("recount"));
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
// The outline marks the passage that is being read.
const doc = document.querySelector(".doc");
const outline = new Map([...document.querySelectorAll(".outline a")].map((link) => [link.hash.slice(1), link]));
const heads = [...doc.querySelectorAll("h2[id], h3[id]")].filter((head) => outline.has(head.id));

function follow() {
  const edge = Math.max(0, doc.getBoundingClientRect().top) + 96;
  const now = [...heads].reverse().find((head) => head.getBoundingClientRect().top <= edge) ?? heads[0];
  for (const [id, link] of outline) {
    if (id === now?.id) link.setAttribute("aria-current", "true"); else link.removeAttribute("aria-current");
  }
}
for (const place of [doc, document]) place.addEventListener("scroll", () => requestAnimationFrame(follow), { passive: true });
follow();

// The item one works on is marked; Enter goes on to the next field instead of sending the sheet.
form.addEventListener("focusin", (event) => {
  const item = event.target.closest(".item");
  for (const other of form.querySelectorAll(".item.is-now")) other.classList.toggle("is-now", other === item);
  item?.classList.add("is-now");
});
form.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.isComposing || !inputs.includes(event.target)) return;
  event.preventDefault();
  inputs[inputs.indexOf(event.target) + 1]?.focus();
});

form.addEventListener("input", (event) => {
  const item = event.target.closest(".item");
  if (inputs.includes(event.target)) { refresh(item); judge(event.target, false); total(); }
  if (item) reasons();
});

form.addEventListener("change", (event) => { if (inputs.includes(event.target)) judge(event.target, true); });

// On a slow line people type before this script arrives: their words differ from what the page was sent with.
const early = [...form.elements].some((field) => field.type !== "hidden" && "defaultValue" in field
  && field.type !== "checkbox" && field.value !== field.defaultValue);
if (inputs.length) redraw();
if (form.dataset.autosave) {
  const drafts = startDrafts(form, redraw);
  if (early) drafts.typed();
} else if (form.dataset.answer) keepHere(form, redraw);
else if (form.dataset.keep) showLeft(form);
