// On the page before submitting and on a receipt the server has everything: this browser keeps nothing more.
import "./portal.js";
import { settle } from "./keep.js";

settle({
  sent: document.querySelector("[data-keep-sent]")?.dataset.keepSent,
  done: document.querySelector("[data-keep-done]")?.dataset.keepDone,
});
