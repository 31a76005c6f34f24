// Marks the page as scripted and wires what many pages share; every page works without it.
document.documentElement.classList.add("js");

export const clamp = (value, low, high) => Math.min(high, Math.max(low, value));
export const places = (step) => (String(step).split(".")[1] ?? "").length;

// A number as people type it, read as the server reads it: full-width figures and a Chinese full stop count.
const NUMBER = /^[+-]?(\d{1,9}(\.\d{0,9})?|\.\d{1,9})$/;
export function numberOf(text) {
  const plain = text.normalize("NFKC").trim().replace("。", ".");
  return NUMBER.test(plain) ? Number(plain) : null;
}

// Points within a field's bounds and on its step; null for anything else.
export function pointsIn(text, { min = 0, max, step }) {
  const value = numberOf(text);
  if (value === null || value < Number(min) || value > Number(max)) return null;
  const steps = value / Number(step);
  return Math.abs(steps - Math.round(steps)) < 1e-6 ? value : null;
}

// Steppers: the buttons and the arrow keys move by the field's own step and stay within its bounds.
for (const box of document.querySelectorAll(".stepper")) {
  const input = box.querySelector("input");
  const { min, max, step } = input.dataset;
  const move = (way) => {
    const wanted = (numberOf(input.value) ?? 0) + way * Number(step);
    input.value = clamp(wanted, Number(min), Number(max)).toFixed(places(step));
    input.dispatchEvent(new Event("input", { bubbles: true }));
  };
  box.addEventListener("click", (event) => {
    const way = event.target.closest("[data-way]")?.dataset.way;
    if (way) move(Number(way));
  });
  input.addEventListener("keydown", (event) => {
    const way = { ArrowUp: 1, ArrowDown: -1 }[event.key];
    if (!way || event.isComposing || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    // a blank stays blank on the way down, and what is no number is left to who typed it
    if (numberOf(input.value) !== null || (way > 0 && !input.value)) move(way);
  });
}

// Who logs out leaves nothing unsaved of theirs in this browser.
document.addEventListener("submit", (event) => {
  if (event.defaultPrevented || !event.target.matches(".bar-who form")) return;
  for (const store of [() => localStorage, () => sessionStorage]) {
    try {
      for (const name of Object.keys(store())) if (name.startsWith("keep:")) store().removeItem(name);
    } catch { /* switched off in this browser: nothing is kept there */ }
  }
});

// Call switcher: closes on Escape and on a click elsewhere.
for (const menu of document.querySelectorAll("details.bar-call")) {
  document.addEventListener("click", (event) => {
    if (!menu.contains(event.target)) menu.open = false;
  });
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });
}

// Length of a text beside its limit: <textarea data-count="id of the counter" maxlength="300">.
for (const area of document.querySelectorAll("[data-count]")) {
  const counter = document.getElementById(area.dataset.count);
  const show = () => { counter.textContent = String([...area.value].length); };
  area.addEventListener("input", show);
  area.addEventListener("recount", show);
  show();
}

// One box that ticks all others of its form: <input type="checkbox" data-all="name of the boxes">.
for (const master of document.querySelectorAll("[data-all]")) {
  master.addEventListener("change", () => {
    for (const box of master.form.elements) {
      if (box.name === master.dataset.all && !box.disabled) box.checked = master.checked;
    }
  });
}

// One box that ticks the others of its group alone: <input type="checkbox" data-all-here="1"> in a fieldset.
for (const master of document.querySelectorAll("[data-all-here]")) {
  master.addEventListener("change", () => {
    for (const box of master.closest("fieldset").querySelectorAll("input[type=checkbox][name]")) box.checked = master.checked;
  });
}

// A form with data-guard asks before the page is left with something typed and not sent.
for (const form of document.querySelectorAll("form[data-guard]")) {
  let dirty = false;
  form.addEventListener("input", () => { dirty = true; });
  form.addEventListener("submit", () => { dirty = false; });
  addEventListener("beforeunload", (event) => { if (dirty) event.preventDefault(); });
}

// Files that the server would refuse unread are refused here, where everything typed is still in the form.
for (const form of document.querySelectorAll("form[data-upload-limit]")) {
  const inputs = [...form.querySelectorAll("input[type=file]")];
  form.addEventListener("change", (event) => {
    const sizes = inputs.flatMap((input) => [...input.files].map((file) => file.size));
    const tooLarge = sizes.reduce((sum, size) => sum + size, 0) > Number(form.dataset.uploadLimit);
    for (const input of inputs) input.setCustomValidity(tooLarge ? form.dataset.tooLarge : "");
    if (tooLarge && inputs.includes(event.target)) event.target.reportValidity();
  });
}
