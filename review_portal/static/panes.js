// Panes: on a wide screen those at the left share it and `rub` stands beside them; on a narrow one a tab
// shows one at a time, each at the place where it was left. Without scripts they stand one under the other.
import "./portal.js";

const duo = document.querySelector(".duo");
const bar = duo?.querySelector(".pane-tabs");
const tabs = bar ? [...bar.querySelectorAll("a")] : [];
const panes = tabs.map((tab) => document.getElementById(tab.dataset.pane));
const narrow = matchMedia("(max-width: 62.49rem)");
const places = new Map(); // where the page stood in each pane: on a narrow screen they share one scroll bar
let left = tabs[0]?.dataset.pane;
let front = "rub";

const isOff = (pane) => (narrow.matches ? pane.id !== front : pane.id !== "rub" && pane.id !== left);

function draw() {
  for (const pane of panes) pane.classList.toggle("is-off", isOff(pane));
  for (const tab of tabs) {
    const on = tab.dataset.pane === (narrow.matches ? front : left);
    tab.setAttribute("aria-selected", String(on));
    tab.tabIndex = on ? 0 : -1;
  }
}

function show(name) {
  const before = front;
  if (narrow.matches && name !== before) places.set(before, scrollY);
  front = name;
  if (name !== "rub") left = name;
  draw();
  if (narrow.matches && name !== before) scrollTo({ top: places.get(name) ?? Math.min(scrollY, duo.offsetTop), behavior: "instant" });
}

// A link to a passage or to a field opens the pane in which its target stands.
function reveal(hash) {
  const target = document.getElementById(decodeURIComponent(hash.slice(1)));
  const pane = target?.closest(".pane");
  if (panes.includes(pane)) show(pane.id);
  return target;
}

if (bar) {
  bar.addEventListener("click", (event) => {
    const tab = event.target.closest("a");
    if (!tab) return;
    event.preventDefault();
    show(tab.dataset.pane);
  });
  bar.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    const shown = tabs.filter((tab) => tab.offsetParent);
    if (!step || !shown.length) return;
    const at = shown.findIndex((tab) => tab.tabIndex === 0);
    const next = shown[(at + step + shown.length) % shown.length];
    show(next.dataset.pane);
    next.focus();
  });
  document.addEventListener("click", (event) => {
    const link = event.target.closest('a[href^="#"]');
    if (link && !bar.contains(link)) reveal(link.hash);
  });
  narrow.addEventListener("change", draw);
  const asked = new URLSearchParams(location.search).get("tab");
  if (panes.some((pane) => pane.id === asked)) show(asked);
  draw();
  reveal(location.hash)?.scrollIntoView(); // the browser looked before the pane was open
}
