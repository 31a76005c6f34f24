// Sheets for paper: the button opens the printer's window; without scripts the browser's own menu does.
import "./portal.js";

document.querySelector("[data-print]")?.addEventListener("click", () => print());

const shut = [...document.querySelectorAll("details.fold[data-paper]:not([open])")];
addEventListener("beforeprint", () => shut.forEach((item) => item.toggleAttribute("open", true)));
addEventListener("afterprint", () => shut.forEach((item) => item.removeAttribute("open")));
