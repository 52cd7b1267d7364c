// Small courtesies of a page: menus that close, dialogs, showing a password, and where the eye and the reader go after a swap.

const words = () => document.getElementById("words")?.dataset ?? {};
const here = () => location.pathname + location.search;
let pathBefore = here();

function reveal(button) {
  const input = document.getElementById(button.dataset.reveal);
  const hidden = input.type === "password";
  input.type = hidden ? "text" : "password";
  button.setAttribute("aria-pressed", String(hidden));
  button.setAttribute("aria-label", hidden ? words().hide : words().show);
}

function openDialog(event, opener) {
  const dialog = document.getElementById(opener.dataset.dialog);
  if (!dialog) return;
  event.preventDefault();
  dialog.showModal();
  dialog.querySelector("[autofocus], input:not([type=hidden]), textarea, select")?.focus();
}

function closeMenus(except) {
  for (const menu of document.querySelectorAll("details[data-menu][open]")) {
    if (menu !== except) menu.open = false;
  }
}

// In a long list of steps the present one stands in the middle; the page itself does not move.
function showCurrentStep() {
  const current = document.querySelector(".page__aside [aria-current=step]");
  const aside = current?.closest(".page__aside");
  if (aside) aside.scrollTop = current.offsetTop - (aside.clientHeight - current.offsetHeight) / 2;
}

document.addEventListener("click", (event) => {
  const target = event.target;
  if (!(target instanceof Element)) return;
  closeMenus(target.closest("details[data-menu]"));
  const revealer = target.closest("[data-reveal]");
  if (revealer) reveal(revealer);
  const opener = target.closest("[data-dialog]");
  if (opener) openDialog(event, opener);
  target.closest("[data-close]")?.closest("dialog")?.close();
}, true);

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const open = document.querySelector("details[data-menu][open]");
  closeMenus();
  open?.querySelector("summary").focus();
});

// After a form was answered in place: say the message, go to the errors or to the next thing to type.
document.addEventListener("htmx:afterSettle", (event) => {
  if (event.detail.target !== document.body) return;
  showCurrentStep();
  const moved = here() !== pathBefore;
  pathBefore = here();
  const said = document.querySelector("[data-flashes]")?.textContent.trim();
  const announce = document.getElementById("announce");
  if (announce) announce.textContent = said || document.title;
  if (moved) scrollTo({ top: 0 });
  const next = document.querySelector("[data-focus]") ?? document.querySelector("main [autofocus]");
  if (next) next.focus();
  else if (moved) document.querySelector("main h1")?.focus({ preventScroll: true });
});

// A form that came back with errors, or a page that was saved again, is the same place: no new entry in the history.
document.addEventListener("htmx:beforeHistoryUpdate", (event) => {
  const { history, xhr } = event.detail;
  if (xhr.status >= 400) history.path = here();
  if (history.path === here()) history.type = "replace";
});

// What a script asks for is no page of its own to the server; it should know that this one fills a tab.
document.addEventListener("htmx:configRequest", (event) => {
  if (window.self === window.top) event.detail.headers["Cahier-Own-Tab"] = "yes";
});

showCurrentStep();
document.querySelector("[data-focus]")?.focus();

// A page that a learning platform shows in a frame says to it that all is done (LTI dynamic registration §3.7).
if (document.querySelector("[data-lti-close]")) {
  (window.opener ?? window.parent).postMessage({ subject: "org.imsglobal.lti.close" }, "*");
}
