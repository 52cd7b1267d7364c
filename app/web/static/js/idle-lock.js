// Locks the page before the server would, keeps what was typed, and opens again on the password: a lock, never a loss.

const SHORTEST_WARNING = 20;
const PING_EVERY = 60;
const root = document.documentElement;
const channel = "BroadcastChannel" in window ? new BroadcastChannel("cahier-idle") : null;
const warning = () => document.getElementById("idle-warning");
const lockDialog = () => document.getElementById("lock");
const owner = () => lockDialog()?.querySelector("[name=login]")?.value ?? "";
const token = () => lockDialog()?.querySelector("[name=csrf_token]")?.value ?? "";
const tell = (kind) => channel?.postMessage({ kind, owner: owner() });

let lastActive = Date.now();
let lastPing = Date.now();
let locked = false;
let before = { title: "", focus: null };

function post(url, body) {
  const headers = { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": token() };
  return fetch(url, { method: "POST", headers, body: JSON.stringify(body ?? {}), credentials: "same-origin" });
}

async function ping() {
  lastPing = Date.now();
  try {
    const answer = await post(warning().dataset.stayUrl);
    if (answer.status === 401 || answer.status === 423) lock();
  } catch {
    // No connection: the lock by time still holds, and the form says by itself that the connection is lost.
  }
}

function lock() {
  const dialog = lockDialog();
  if (!dialog || dialog.open) return;
  warning()?.close();
  if (!locked) before = { title: document.title, focus: document.activeElement };
  locked = true;
  root.classList.add("locked");
  document.title = document.getElementById("lock-title").textContent;
  say("");
  dialog.showModal();
  dialog.querySelector("#lock-password").focus();
}

function unlock() {
  locked = false;
  lastActive = lastPing = Date.now();
  root.classList.remove("locked");
  const dialog = lockDialog();
  dialog?.querySelector("form").reset();
  dialog?.close();
  document.title = before.title || document.title;
  before.focus?.focus?.();
}

function say(word) {
  const dialog = lockDialog();
  dialog.querySelector("#lock-error").textContent = word ? dialog.querySelector(`[data-word="${word}"]`).content.textContent : "";
}

async function reasonOf(answer) {
  if (answer.status === 429) return "later";
  const body = await answer.json().catch(() => ({}));
  return body.code === "session-ended" ? "ended" : "wrong";
}

async function tryUnlock(form) {
  const field = form.querySelector("#lock-password");
  let word = "offline";
  try {
    const answer = await post(form.getAttribute("action"), { login: owner(), password: field.value });
    if (answer.ok) {
      const body = await answer.json().catch(() => ({}));
      if (body.csrf_token) for (const input of document.querySelectorAll("[name=csrf_token]")) input.value = body.csrf_token;
      unlock();
      return tell("unlocked");
    }
    word = await reasonOf(answer);
  } catch {
    // The word stays "offline".
  }
  say(word);
  field.select();
  field.focus();
}

function warn(remaining) {
  const dialog = warning();
  dialog.querySelector("[data-seconds]").textContent = String(Math.max(0, Math.ceil(remaining)));
  if (!dialog.open) dialog.showModal();
}

function tick() {
  const dialog = warning();
  if (!dialog || locked) return;
  const limit = Number(dialog.dataset.idleLimit);
  const remaining = limit - (Date.now() - lastActive) / 1000;
  const notice = Math.max(SHORTEST_WARNING, Number(dialog.dataset.idleWarning));
  if (remaining <= 0) { lock(); tell("locked"); }
  else if (remaining <= notice) warn(remaining);
  else if (dialog.open) dialog.close();
  else if (lastActive > lastPing && Date.now() - lastPing > Math.min(PING_EVERY, limit / 4) * 1000) ping();
}

function stay() {
  lastActive = Date.now();
  tell("active");
  warning()?.close();
  ping();
}

function onActivity() {
  if (locked || warning()?.open) return;
  if (Date.now() - lastActive > 5000) tell("active");
  lastActive = Date.now();
}

for (const kind of ["pointerdown", "keydown", "input"]) addEventListener(kind, onActivity, { capture: true, passive: true });
document.addEventListener("click", (event) => {
  if (event.target.closest?.("[data-stay]")) stay();
  const lockNow = event.target.closest?.("[data-lock-now]");
  // The page is closed at once; should the server not hear of it, its own limit closes the session soon after.
  if (lockNow) { lock(); tell("locked"); post(lockNow.dataset.lockNow).catch(() => {}); }
});
document.addEventListener("submit", (event) => {
  if (!event.target.matches("[data-unlock]")) return;
  event.preventDefault();
  tryUnlock(event.target);
});
// Escape must not open the lock, and on the warning it means: I am here.
document.addEventListener("cancel", (event) => {
  if (event.target === lockDialog()) event.preventDefault();
  if (event.target === warning()) stay();
}, true);
document.addEventListener("close", (event) => { if (locked && event.target === lockDialog()) lock(); }, true);
document.addEventListener("htmx:afterSwap", () => { if (locked) lock(); });
document.addEventListener("htmx:responseError", (event) => { if ([401, 423].includes(event.detail.xhr.status)) lock(); });
document.addEventListener("htmx:afterRequest", (event) => { if (event.detail.successful) lastPing = Date.now(); });
document.addEventListener("visibilitychange", tick);
channel?.addEventListener("message", ({ data }) => {
  if (data.owner !== owner()) return;
  if (data.kind === "active" && !locked) lastActive = Date.now();
  if (data.kind === "locked") lock();
  if (data.kind === "unlocked" && locked) unlock();
});
setInterval(tick, 1000);
