// Signs in by a passkey, or makes one: asks for a challenge, hands it to the device, and sends what it answers.

const report = (form, text) => {
  const place = form.querySelector("[role=alert]");
  place.textContent = text;
  place.hidden = !text;
};

const send = async (form, address, value) => {
  const answer = await fetch(address, {
    method: "POST",
    headers: { "content-type": "application/json", "x-csrf": form.elements.csrf.value, accept: "application/json" },
    body: JSON.stringify(value),
  });
  const told = await answer.json();
  if (!answer.ok) throw new Error(told.message);
  return told;
};

const act = async (form) => {
  const isNew = form.dataset.passkey === "new";
  const address = isNew ? "/account/passkeys" : "/sign-in/passkey";
  const options = await send(form, `${address}/begin`, {});
  const credential = isNew
    ? await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) })
    : await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) });
  const told = { credential: credential.toJSON(), label: form.elements.label?.value, next: form.elements.next?.value };
  location.assign((await send(form, address, told)).to);
};

for (const form of document.querySelectorAll("form[data-passkey]")) {
  form.hidden = !window.PublicKeyCredential?.parseRequestOptionsFromJSON;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    report(form, "");
    act(form).catch((error) => report(form, error.name === "NotAllowedError" ? form.dataset.refused : error.message));
  });
}
