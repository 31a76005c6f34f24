// Score sheet: the level that matches the value, the running total, the state of saving.
import { places } from "./portal.js";
import "./panes.js";

const form = document.querySelector("#score-form");
const inputs = [...form.querySelectorAll(".stepper input")];
const sum = document.querySelector("#sum");
const done = document.querySelector("#done");
const saved = document.querySelector("#saved");
const digits = Math.max(1, ...inputs.map((input) => places(input.step)));

function refresh(item) {
  const input = item.querySelector(".stepper input");
  const value = input.value === "" ? null : Number(input.value);
  for (const level of item.querySelectorAll(".levels li")) {
    const on = value !== null && value >= Number(level.dataset.min) && value <= Number(level.dataset.max);
    level.classList.toggle("is-on", on);
    if (on) level.setAttribute("aria-current", "true"); else level.removeAttribute("aria-current");
  }
}

// Hundredths are added as integers: the total must not show what binary fractions do to 0.1.
function total() {
  const filled = inputs.filter((input) => input.value !== "");
  const hundredths = filled.reduce((all, input) => all + Math.round(Number(input.value) * 100), 0);
  sum.textContent = (hundredths / 100).toFixed(digits);
  done.textContent = `${filled.length}／${inputs.length}`;
}

form.addEventListener("input", (event) => {
  const item = event.target.closest(".item");
  if (item && event.target.closest(".stepper")) { refresh(item); total(); }
  if (saved.dataset.dirty) saved.textContent = saved.dataset.dirty;
  saved.className = "state state-part";
});
