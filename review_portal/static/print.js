// Sheets for paper: the button opens the printer's window; without scripts the browser's own menu does.
import "./portal.js";

document.querySelector("[data-print]")?.addEventListener("click", () => print());
