// Passkeys: asks the browser for one when a form wants it, puts what it says into the form, and sends the form.

const says = (place, text) => { const line = place.querySelector("[data-passkey-says]"); if (line) line.textContent = text; };

async function options(url) {
  const answer = await fetch(url, { headers: { Accept: "application/json" }, credentials: "same-origin" });
  if (!answer.ok) throw new Error(`no challenge: ${answer.status}`);
  return answer.json();
}

const ask = async (request) => navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(request) });

async function prove(form, place) {
  const answer = await ask(await options(place.dataset.passkey));
  form.elements.passkey.value = JSON.stringify(answer.toJSON());
}

// What is refused is shown in place, as if the form had been sent.
async function show(answer) {
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const main = page.querySelector("main");
  if (!main || ![403, 409, 422].includes(answer.status)) throw new Error(`no draft: ${answer.status}`);
  document.querySelector("main").replaceWith(main);
  htmx.process(main);
  main.querySelector("[data-focus]")?.focus();
}

// The server drafts what will be signed; the passkey signs its digest; the form takes both back. Says whether it may go.
async function cosign(form) {
  const body = new FormData(form);
  body.set("cosign", "ask");
  const answer = await fetch(form.getAttribute("action"), { method: "POST", body, credentials: "same-origin", headers: { "Cahier-Own-Tab": "yes" } });
  if (!answer.headers.get("Content-Type")?.startsWith("application/json")) return show(answer).then(() => false);
  const { options: request, draft } = await answer.json();
  form.elements.passkey.value = JSON.stringify((await ask(request)).toJSON());
  form.elements.cosign.value = draft;
  return true;
}

// A new passkey is made, and tried at once with its own answer.
async function enrol(form) {
  const { make, answer } = await options(form.dataset.passkeyNew);
  const made = await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(make) });
  answer.allowCredentials = [{ id: made.id, type: made.type, transports: made.response.getTransports() }];
  const tried = await ask(answer);
  form.elements.made.value = JSON.stringify(made.toJSON());
  form.elements.answered.value = JSON.stringify(tried.toJSON());
}

async function send(form, place, steps, button) {
  if (form.dataset.asking || !form.reportValidity()) return;
  form.dataset.asking = "yes";
  says(place, "");
  try {
    for (const step of steps) if ((await step()) === false) return;
  } catch {
    form.dataset.alone = "yes";
    says(place, place.dataset.failed);
    return;
  } finally {
    delete form.dataset.asking;
  }
  form.requestSubmit(button);
}

function wanted(form) {
  const place = form.querySelector("[data-passkey]");
  const open = place && !form.elements.passkey.value && !form.elements.factor_code?.value.trim();
  const steps = [];
  // A second person's passkey signs too when they ask for it: nobody knows before whether they have one.
  const signs = open && "cosign" in place.dataset && place.dataset.cosign !== "on-request";
  if (signs && (form.dataset.alone !== "yes" || "passkeyFirst" in place.dataset)) steps.push(() => cosign(form));
  else if (open && "passkeyFirst" in place.dataset) steps.push(() => prove(form, place));
  if (form.dataset.passkeyNew && !form.elements.answered.value) steps.push(() => enrol(form));
  return { place: form.dataset.passkeyNew ? form : place, steps };
}

// Before htmx sees the form: it goes on its way once the passkey has answered.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("form:has([data-passkey]), form[data-passkey-new]")) return;
  const { place, steps } = wanted(form);
  if (!steps.length) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  send(form, place, steps, event.submitter);
}, true);

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-passkey-use]");
  if (!button) return;
  const [form, place] = [button.form, button.closest("[data-passkey]")];
  if (form.dataset.passkeyNew) return form.requestSubmit();
  if ("cosign" in place.dataset) return send(form, place, [() => cosign(form)], form.querySelector("button:not([type=button])"));
  send(form, place, [() => prove(form, place)], form.querySelector("button:not([type=button])"));
});
