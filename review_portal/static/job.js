// A job's page: moves the bar while letters go out and shows the page anew when the job has ended.
import "./portal.js";

const bar = document.querySelector("progress[data-state]");

async function look() {
  try {
    const answer = await fetch(bar.dataset.state);
    if (!answer.ok) return;
    const job = await answer.json();
    const moved = job.done !== bar.value;
    bar.value = job.done;
    document.getElementById("job-done").textContent = String(job.done);
    if (moved || job.idle !== "idle" in bar.dataset || job.state === "done" || job.state === "failed") location.reload();
  } catch (problem) {
    console.debug("job: not reached, looking again", problem);
  }
}

if (bar) setInterval(look, 2000);
