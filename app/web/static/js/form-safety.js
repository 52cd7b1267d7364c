// No value typed is lost and none is sent twice: one submission at a time, typed values survive a lost connection and an answer in place.

const words = () => document.getElementById("words")?.dataset ?? {};
const toast = (id, shown) => { const element = document.getElementById(id); if (element) element.hidden = !shown; };
const guarded = (form) => form instanceof HTMLFormElement && form.method === "post" && !form.matches("[data-unlock]");
const dirtyForms = (except) => [...document.querySelectorAll("form[data-dirty]")].filter((form) => form !== except);
const nameOf = (form) => form.id || form.getAttribute("action") || "";
let kept = [];

function hold(form, submitter) {
  form.dataset.sending = "";
  submitter?.setAttribute("aria-disabled", "true");
}

function release(form) {
  if (!form?.matches?.("form")) return;
  delete form.dataset.sending;
  for (const button of form.querySelectorAll("[aria-disabled]")) button.removeAttribute("aria-disabled");
}

function onSubmit(event) {
  const form = event.target;
  if (!guarded(form)) return;
  const leavesTyped = form.matches("[data-leaves]") && dirtyForms(form).length > 0;
  if ("sending" in form.dataset || (leavesTyped && !confirm(words().unsaved))) {
    event.preventDefault();
    event.stopImmediatePropagation();
    return;
  }
  hold(form, event.submitter);
  // A handler may have stopped the submission, or the answer may be a file: then the form must open again.
  setTimeout(() => { if (event.defaultPrevented && !form.matches(".htmx-request")) release(form); }, 400);
  setTimeout(() => { if (!form.matches(".htmx-request")) release(form); }, 10000);
}

function onInput(event) {
  const form = event.target.form;
  if (guarded(form) && event.target.type !== "password") form.dataset.dirty = "";
}

// Values typed in other forms of the page, to be put back when the answer is the same page.
function keep(event) {
  const sent = event.detail.requestConfig?.elt;
  kept = dirtyForms(sent).map((form) => ({
    form: nameOf(form),
    fields: [...form.elements].filter((field) => field.name && !["hidden", "password", "submit", "file"].includes(field.type))
      .map((field) => ({ name: field.name, option: field.value, value: field.value, checked: field.checked, box: /checkbox|radio/.test(field.type) })),
  }));
}

function restore() {
  for (const { form: name, fields } of kept) {
    const form = [...document.forms].find((candidate) => nameOf(candidate) === name && guarded(candidate));
    for (const saved of form ? fields : []) {
      for (const field of form.querySelectorAll(`[name="${CSS.escape(saved.name)}"]`)) {
        if (!saved.box) field.value = saved.value;
        else if (field.value === saved.option) field.checked = saved.checked;
      }
      form.dataset.dirty = "";
    }
  }
  kept = [];
}

document.addEventListener("submit", onSubmit, true);
document.addEventListener("input", onInput);
document.addEventListener("htmx:confirm", (event) => {
  const anchor = event.detail.elt?.matches?.("a[href]");
  if (!anchor || dirtyForms().length === 0) return;
  event.preventDefault();
  if (confirm(words().unsaved)) {
    for (const form of dirtyForms()) delete form.dataset.dirty;
    event.detail.issueRequest(true);
  }
});
document.addEventListener("htmx:beforeRequest", () => { toast("connection", false); toast("trouble", false); });
document.addEventListener("htmx:beforeSwap", keep);
document.addEventListener("htmx:afterSwap", restore);
document.addEventListener("htmx:afterRequest", (event) => release(event.detail.elt));
for (const lost of ["htmx:sendError", "htmx:timeout"]) document.addEventListener(lost, () => toast("connection", true));
document.addEventListener("htmx:responseError", (event) => {
  if (![401, 423].includes(event.detail.xhr.status)) toast("trouble", true);
});
addEventListener("offline", () => toast("connection", true));
addEventListener("online", () => toast("connection", false));
addEventListener("pageshow", () => document.querySelectorAll("form[data-sending]").forEach(release));
addEventListener("beforeunload", (event) => {
  if (dirtyForms().some((form) => !("sending" in form.dataset))) event.preventDefault();
});
