// Matrix of a round: cells by arrow keys, the focused cell's levels and the row's texts beside it, running
// totals, and each row saved as its own draft.
import { pointsIn } from "./portal.js";

const form = document.querySelector("#matrix-form");
const words = form.dataset;
const panel = document.querySelector("#mx-panel");
const say = document.querySelector("#mx-say");
const narrow = matchMedia("(max-width: 47.99rem)");
const items = new Map([...form.querySelectorAll(".mx-item")].map((node) => [node.dataset.item, itemOf(node)]));
const rows = [...form.querySelectorAll("tr[data-draft]")].map(rowOf);
const byId = new Map(rows.map((row) => [row.id, row]));
let current = null;

function itemOf(node) {
  const levels = [...node.querySelectorAll(".levels li")].map((line) => ({
    line, low: Number(line.dataset.min), high: Number(line.dataset.max), why: line.dataset.why === "1",
  }));
  return { node, levels, group: node.dataset.group, max: Number(node.dataset.max), step: Number(node.dataset.step) };
}

function rowOf(tr) {
  const id = tr.dataset.row;
  return {
    id, tr, address: tr.dataset.draft, cells: [...tr.querySelectorAll(".mx-in")],
    part: panel.querySelector(`.mx-row[data-row="${id}"]`), version: form.elements.namedItem(`${id}.version`),
    saved: tr.querySelector("[data-saved]"), dirty: false, stopped: tr.dataset.clash === "1",
  };
}

// Points as typed, full-width figures too. undefined: nothing there yet; null: no points of this item.
const hundred = (value) => Math.round(value * 100);
function pointsOf(cell) {
  return cell.value.trim() ? pointsIn(cell.value, items.get(cell.dataset.item)) : undefined;
}

const reasonOf = (row, key) => document.getElementById(`${row.id}.comments.${key}`);
const length = (text) => [...text.replace(/\s/g, "")].length;
const told = (row, key) => length(reasonOf(row, key)?.value ?? "") >= Number(words.why);

function demands(row) {
  const found = new Set();
  for (const cell of row.cells) {
    const points = pointsOf(cell);
    const item = items.get(cell.dataset.item);
    if (points === undefined || points === null || told(row, cell.dataset.item)) continue;
    const poor = item.levels.some((level) => level.why && points >= level.low && points <= level.high);
    if (poor || (words.full === "item" && points === item.max)) found.add(cell.dataset.item);
  }
  if (words.full !== "criterion") return found;
  for (const group of new Set([...items.values()].map((item) => item.group))) {
    const own = row.cells.filter((cell) => items.get(cell.dataset.item).group === group);
    const full = own.every((cell) => pointsOf(cell) === items.get(cell.dataset.item).max);
    if (full && !own.some((cell) => told(row, cell.dataset.item))) found.add(own[0].dataset.item);
  }
  return found;
}

function refresh(row) {
  const given = row.cells.map(pointsOf);
  const right = given.filter((points) => typeof points === "number");
  const needed = demands(row);
  row.cells.forEach((cell, place) => {
    const wrong = given[place] === null;
    if (wrong) cell.setAttribute("aria-describedby", `range-${cell.dataset.item}`);
    else cell.removeAttribute("aria-describedby");
    cell.toggleAttribute("aria-invalid", wrong);
    if (wrong) cell.setAttribute("aria-invalid", "true");
    cell.toggleAttribute("data-need", needed.has(cell.dataset.item));
  });
  const sum = right.reduce((all, points) => all + hundred(points), 0);
  const spoken = length(document.getElementById(`${row.id}.opinion`).value);
  const verdicts = form.elements.namedItem(`${row.id}.conclusion`);
  const open = given.length - right.length + needed.size
    + (spoken < Number(words.low) || spoken > Number(words.high) ? 1 : 0) + (verdicts && !verdicts.value ? 1 : 0);
  row.tr.querySelector("[data-total]").textContent = right.length ? (sum / 100).toFixed(sum % 10 ? 2 : 1) : "—";
  row.tr.querySelector("[data-done]").textContent = `${right.length}／${given.length}`;
  row.tr.querySelector("[data-missing]").textContent = open ? words.missing.replace("#", String(open)) : words.ready;
  for (const key of needed) askReason(row, key);
  for (const why of row.part.querySelectorAll(".why[data-item]")) {
    const asked = needed.has(why.dataset.item);
    const opt = why.querySelector(".opt");
    opt.textContent = asked ? opt.dataset.need : "";
    const area = why.querySelector("textarea");
    area.toggleAttribute("required", asked);
    why.hidden = !(asked || area.value || area === document.activeElement
      || (current?.row === row && current.item === why.dataset.item));
  }
}

// The field for a reason is made when it is needed: sixty rows of thirteen would be a slow page.
function askReason(row, key) {
  if (reasonOf(row, key)) return;
  const why = document.querySelector("#mx-reason").content.firstElementChild.cloneNode(true);
  const label = why.querySelector("label");
  const area = why.querySelector("textarea");
  why.dataset.item = key;
  area.id = area.name = label.htmlFor = `${row.id}.comments.${key}`;
  label.firstChild.textContent = `${label.firstChild.textContent.trim()}　${document.getElementById(`h-${key}`).firstChild.textContent} `;
  const later = [...items.keys()].slice([...items.keys()].indexOf(key) + 1);
  const next = [...row.part.querySelectorAll(".why[data-item]")].find((one) => later.includes(one.dataset.item));
  row.part.querySelector(".mx-reasons").insertBefore(why, next ?? null);
}

// Which cell one is at: its levels and its row's texts are shown, on a phone inside the dossier's card.
function show(row, cell) {
  const item = items.get(cell.dataset.item);
  const before = current;
  current = { row, item: cell.dataset.item, cell };
  for (const other of items.values()) other.node.hidden = other !== item;
  for (const other of rows) other.tr.classList.toggle("is-next", other === row);
  askReason(row, cell.dataset.item);
  if (before && before.row !== row) refresh(before.row);
  refresh(row);
  place();
  light();
}

function light() {
  const item = items.get(current.item);
  const points = pointsOf(current.cell);
  let at = "";
  for (const level of item.levels) {
    const on = typeof points === "number" && points >= level.low && points <= level.high;
    level.line.classList.toggle("is-on", on);
    if (on) { level.line.setAttribute("aria-current", "true"); at = level.line.textContent; }
    else level.line.removeAttribute("aria-current");
  }
  const range = item.node.querySelector(".note");
  range.classList.toggle("err", points === null);
  say.textContent = points === null ? range.textContent : at;
}

function place() {
  for (const row of rows) {
    const home = narrow.matches ? row.tr.querySelector(".pin-end") : panel.querySelector(".mx-rows");
    if (row.part.parentElement !== home) home.prepend(row.part);
    row.part.hidden = !narrow.matches && row !== current.row;
  }
  const home = narrow.matches ? current.cell.parentElement : panel.querySelector(".mx-items");
  const { node } = items.get(current.item);
  if (node.parentElement !== home) home.append(node);
}

// Keys, as in a table of figures: arrows and Enter move, a cell one comes to is selected whole.
function move(cell, down, right) {
  const row = rows.findIndex((one) => one.cells.includes(cell));
  const column = rows[row].cells.indexOf(cell);
  const target = rows[row + down]?.cells[column + right];
  if (target) target.focus();
  return Boolean(target);
}

form.addEventListener("keydown", (event) => {
  const cell = event.target;
  if (event.isComposing) return;
  if (event.key === "Escape" && current && !cell.matches(".mx-in") && cell.closest(".mx-row")) {
    current.cell.focus();
    return;
  }
  if (!cell.matches(".mx-in")) return;
  const { selectionStart: from, selectionEnd: to, value } = cell;
  const whole = from === 0 && to === value.length;
  if (event.key === "F2") {
    event.preventDefault();
    reasonOf(current.row, current.item).focus();
  } else if (event.key === "Enter") {
    event.preventDefault();
    const way = event.shiftKey ? -1 : 1;
    const down = move(cell, way, 0);
    if (!down) turn(cell, way);
  } else if (event.key === "ArrowUp" || event.key === "ArrowDown") {
    event.preventDefault();
    move(cell, event.key === "ArrowUp" ? -1 : 1, 0);
  } else if (event.key === "ArrowLeft" && (whole || to === 0)) {
    if (move(cell, 0, -1) || whole) event.preventDefault();
  } else if (event.key === "ArrowRight" && (whole || from === value.length)) {
    if (move(cell, 0, 1) || whole) event.preventDefault();
  }
});

// Below the last dossier a column goes on at the top of the next one.
function turn(cell, way) {
  const column = rows.find((row) => row.cells.includes(cell)).cells.indexOf(cell) + way;
  (way > 0 ? rows[0] : rows[rows.length - 1]).cells[column]?.focus();
}

form.addEventListener("focusin", (event) => {
  if (event.target.matches(".mx-in")) {
    event.target.select();
    show(byId.get(event.target.closest("tr").dataset.row), event.target);
  }
});

// Drafts: row by row, one request at a time. A row that is refused stops and says so; the others go on.
const PAUSE = 2000;
const AGAIN = 5000;
let running = null;
let timer = 0;
let expired = false;

function tell(row, text, kind) {
  row.saved.textContent = text;
  row.saved.className = `state state-${kind}`;
}

function later(wait) {
  clearTimeout(timer);
  timer = setTimeout(pump, wait);
}

const waiting = () => rows.filter((row) => row.dirty && !row.stopped);

function pump() {
  running ??= saveAll().finally(() => { running = null; });
  return running;
}

async function saveAll() {
  clearTimeout(timer);
  for (const row of waiting()) {
    if (!await save(row, false)) { later(AGAIN); return; }
  }
  if (waiting().length) later(PAUSE);
}

function fieldsOf(row) {
  const fields = new URLSearchParams({ csrf_token: form.elements.namedItem("csrf_token").value });
  for (const [name, text] of new FormData(form)) {
    if (name.startsWith(`${row.id}.`)) fields.append(name.slice(row.id.length + 1), text);
  }
  return fields;
}

// true: go on to the next row; false: nobody answers now.
async function save(row, leaving) {
  row.dirty = false;
  try {
    const answer = await fetch(row.address, {
      method: "POST",
      body: fieldsOf(row),
      headers: { Accept: "application/json" },
      credentials: "same-origin",
      redirect: "manual",
      keepalive: leaving,
    });
    return await took(row, answer);
  } catch {
    return lost(row);
  }
}

function lost(row) {
  row.dirty = true;
  tell(row, words.lost, "warn");
  return false;
}

async function took(row, answer) {
  const json = answer.headers.get("Content-Type")?.startsWith("application/json");
  if (answer.status === 503 || answer.status === 429) return lost(row);
  if (answer.ok && json) {
    const told = await answer.json();
    row.version.value = told.version;
    if (!row.dirty) tell(row, `${words.saved} ${told.at}`, "done");
    return true;
  }
  row.dirty = true;
  row.stopped = true;
  if (!json) { expired = true; tell(row, words.expired, "bad"); return true; }
  const told = await answer.json();
  tell(row, "theirs" in told ? words.other : told.sentence, "bad");
  return true;
}

function touched(row) {
  row.dirty = true;
  refresh(row);
  if (!row.stopped) { tell(row, words.dirty, "part"); later(PAUSE); }
}

form.addEventListener("input", (event) => {
  const row = byId.get(event.target.name?.split(".")[0]);
  if (!row || event.target.name.endsWith(".keep")) return;
  touched(row);
  if (current && event.target === current.cell) light();
});
addEventListener("online", () => later(0));
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "hidden") for (const row of waiting()) save(row, true);
});
addEventListener("beforeunload", (event) => {
  if (rows.some((row) => row.dirty || row.tr.dataset.clash === "1") && !form.dataset.sent) event.preventDefault();
});

// The button sends the rows at once. Where a person has to choose or to log in, it sends the page itself.
form.addEventListener("submit", (event) => {
  clearTimeout(timer);
  if (running) { // a save under way would make this page look like a second window to the server
    event.preventDefault();
    running.finally(() => form.requestSubmit());
    return;
  }
  if (expired || rows.some((row) => row.stopped)) {
    form.dataset.sent = "1";
    return;
  }
  event.preventDefault();
  pump();
});

narrow.addEventListener("change", () => { if (current) place(); });
// On a slow line people type before this script arrives: their words differ from what the page was sent with.
for (const field of form.elements) {
  const row = byId.get(field.name?.split(".")[0]);
  if (row && field.type !== "hidden" && "defaultValue" in field && field.value !== field.defaultValue) row.dirty = true;
}
for (const row of rows) refresh(row);
if (waiting().length) later(PAUSE);
if (panel) panel.classList.add("is-one");
for (const item of items.values()) item.node.hidden = true;
if (rows.length) {
  const start = rows.find((row) => row.stopped) ?? rows.find((row) => row.cells.some((cell) => !cell.value)) ?? rows[0];
  show(start, start.cells.find((cell) => !cell.value) ?? start.cells[0]);
}
