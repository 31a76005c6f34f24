// Defence room: counts down to the end time given by the server; the page shows the planned minutes without it.
import "./portal.js";

const clock = document.querySelector(".clock");
const face = clock.querySelector(".time");
const bar = document.querySelector("#room-bar");
const length = Number(clock.dataset.seconds);
const end = performance.now() + Number(clock.dataset.left) * 1000;
const two = (number) => String(number).padStart(2, "0");

function tick() {
  const left = Math.ceil((end - performance.now()) / 1000);
  const size = Math.abs(left);
  const text = `${two(Math.floor(size / 60))}:${two(size % 60)}`;
  face.textContent = left < 0 ? `+${text}` : text;
  clock.classList.toggle("is-late", left <= 60);
  bar.value = Math.max(0, Math.min(length, left));
}

if (clock.dataset.run === "yes") {
  tick();
  setInterval(tick, 250);
}
