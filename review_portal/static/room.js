// The screen in a room: fills it, keeps the projector awake, and shows a draw anew when something happened.
import { follow } from "./live.js";

const drawn = document.querySelector(".room[data-state]"); // the draw of experts is loaded as a whole
if (drawn) {
  drawn.dataset.live = drawn.dataset.state;
  follow(drawn, () => location.reload());
}

document.querySelector("[data-fullscreen]")?.addEventListener("click", () => {
  if (document.fullscreenElement) document.exitFullscreen();
  else document.documentElement.requestFullscreen();
});

async function stayAwake() {
  if (document.visibilityState !== "visible") return;
  try {
    await navigator.wakeLock?.request("screen");
  } catch (problem) {
    console.debug("room: the screen may go to sleep", problem);
  }
}
document.addEventListener("visibilitychange", stayAwake);
stayAwake();
