// Two panes become two tabs on a narrow screen; without scripts they stand one under the other.
import "./portal.js";

const duo = document.querySelector(".duo");
const bar = duo?.querySelector(".pane-tabs");
const tabs = bar ? [...bar.querySelectorAll("a")] : [];
const narrow = matchMedia("(max-width: 62.49rem)");

function show(name) {
  duo.dataset.show = name;
  for (const tab of tabs) {
    const on = tab.dataset.pane === name;
    tab.setAttribute("aria-selected", String(on));
    tab.tabIndex = on ? 0 : -1;
  }
}

if (bar) {
  bar.addEventListener("click", (event) => {
    const tab = event.target.closest("a");
    if (!tab) return;
    event.preventDefault();
    show(tab.dataset.pane);
  });
  bar.addEventListener("keydown", (event) => {
    if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
    show(duo.dataset.show === "doc" ? "rub" : "doc");
    tabs.find((tab) => tab.tabIndex === 0).focus();
  });
  // A link to the evidence opens the dossier's tab first, so that its target can be seen.
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-see]") && narrow.matches) show("doc");
  });
  // A link to an item (from the list of errors or from the bar below) opens the other tab.
  document.addEventListener("click", (event) => {
    const target = event.target.closest('a[href^="#"]')?.getAttribute("href").slice(1);
    if (target && document.getElementById(target)?.closest(".rub") && narrow.matches) show("rub");
  });
  show(new URLSearchParams(location.search).get("tab") === "doc" ? "doc" : "rub");
}
