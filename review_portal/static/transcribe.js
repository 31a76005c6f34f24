// Typing a paper sheet: Enter goes to the next cell, the level stands beside the points, the sum beside the paper's.
import { numberOf } from "./portal.js";
import "./panes.js";

const form = document.querySelector("#entry-form");
const cells = [...form.querySelectorAll("[data-cell]")];
const points = cells.filter((cell) => cell.dataset.cell === "points");
const paper = form.elements.namedItem("total");
const sum = document.querySelector("#sum");
const done = document.querySelector("#done");
const match = document.querySelector("#match");

// As the server reads it: full-width figures count, what is no number is no 0.
function hundredths(text) {
  const value = numberOf(text);
  return value === null ? null : Math.round(value * 100);
}

function level(input) {
  const item = input.closest(".entry");
  const value = hundredths(input.value);
  const band = [...item.querySelectorAll(".entry-bands li")].find((each) => value !== null
    && value >= Number(each.dataset.min) * 100 && value <= Number(each.dataset.max) * 100);
  item.querySelector("output").textContent = band ? band.textContent : "";
}

function total() {
  const typed = points.map((input) => hundredths(input.value)).filter((value) => value !== null);
  const all = typed.reduce((one, other) => one + other, 0);
  sum.textContent = typed.length ? (all / 100).toFixed(all % 10 ? 2 : 1) : "—";
  done.textContent = `${typed.length}／${points.length}`;
  const written = hundredths(paper.value);
  match.hidden = written === null || typed.length < points.length;
  const same = written === all;
  match.className = `state state-${same ? "done" : "warn"}`;
  match.textContent = match.hidden ? "" : same ? match.dataset.same : match.dataset.other;
}

form.addEventListener("input", (event) => {
  if (event.target.dataset.cell === "points") level(event.target);
  total();
});

function go(from, way, kind) {
  const list = kind ? cells.filter((cell) => cell.dataset.cell === kind) : cells;
  const next = list[list.indexOf(from) + way];
  if (next) {
    next.focus();
    if (next.tagName === "INPUT") next.select();
  } else if (way > 0) {
    (form.querySelector("[name=conclusion]:not(:checked)") ?? form.querySelector("button[type=submit]"))?.focus();
  }
}

form.addEventListener("keydown", (event) => {
  const cell = event.target.closest("[data-cell]");
  if (!cell || event.isComposing || event.shiftKey) return; // an input method takes its own Enter
  if (event.key === "Enter") {
    event.preventDefault();
    if (cell === paper) form.querySelector("button[type=submit]")?.focus();
    else go(cell, 1);
  } else if (cell.dataset.cell === "points" && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
    event.preventDefault();
    go(cell, event.key === "ArrowDown" ? 1 : -1, "points");
  }
});

for (const input of points) level(input);
total();
// One begins at the first cell, or at the first that has to be looked at again; faults are read from the top.
const first = form.querySelector("[data-cell][aria-describedby]") ?? points[0];
if (!form.querySelector(".msg-bad") && first && !first.readOnly) first.focus({ preventScroll: true });
