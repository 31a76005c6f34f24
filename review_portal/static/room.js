// Defence room: counts down to the end time given by the server; the page shows the planned minutes without it.
import "./portal.js";

const room = document.querySelector(".room");
const clock = room.querySelector(".clock");
const two = (number) => String(number).padStart(2, "0");

function countDown() {
  const face = clock.querySelector(".time");
  const bar = document.querySelector("#room-bar");
  const length = Number(clock.dataset.seconds);
  const end = performance.now() + Number(clock.dataset.left) * 1000;
  function tick() {
    const left = Math.ceil((end - performance.now()) / 1000);
    const size = Math.abs(left);
    const text = `${two(Math.floor(size / 60))}:${two(size % 60)}`;
    face.textContent = left < 0 ? `+${text}` : text;
    clock.classList.toggle("is-late", left <= 60);
    bar.value = Math.max(0, Math.min(length, left));
  }
  tick();
  setInterval(tick, 250);
}

// The server says 304 while the screen is still right; anything else is shown by loading the page anew.
async function look() {
  try {
    const answer = await fetch(room.dataset.state, { headers: { "If-None-Match": `"${room.dataset.code}"` } });
    if (answer.ok) location.reload();
  } catch (problem) {
    console.debug("room: not reached, looking again", problem);
  }
}

if (clock?.dataset.run === "yes") countDown();
if (room.dataset.state) setInterval(look, 2000);
